import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TusApi } from './tus-api.ts';

/** A PATCH that announces `announcedBytes` and sends `body`, and then keeps silent with its connection open. */
export async function hangingPatch(
  api: Pick<TusApi, 'server'>,
  path: string,
  {
    offset,
    announcedBytes,
    body,
    headers = {},
  }: {
    offset: number;
    announcedBytes: number;
    body: Uint8Array;
    headers?: Readonly<Record<string, string>>;
  },
): Promise<{ socket: Socket; answer: () => string }> {
  const socket = connect(api.server.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    [
      `PATCH ${path} HTTP/1.1`,
      'Host: localhost',
      'Tus-Resumable: 1.0.0',
      `Upload-Offset: ${offset}`,
      'Content-Type: application/offset+octet-stream',
      `Content-Length: ${announcedBytes}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      '',
    ].join('\r\n'),
  );
  await new Promise((resolve) => socket.write(body, resolve));
  return { socket, answer: () => answer };
}
