import { once } from 'node:events';
import net from 'node:net';

/**
 * Answers the first of the preferred ports that is free on 127.0.0.1, else one that the system chooses. Another
 * program may still take it before the server does.
 */
export async function choosePort(preferred: (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port && (await isFree(port))) return port;
  }
  return listenOnce(0);
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
export async function isFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

async function listenOnce(port: number): Promise<number> {
  const server = net.createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : port;
}
