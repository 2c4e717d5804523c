import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawSocket {
  readonly socket: Socket;
  /** What the other side has sent so far. */
  answer(): string;
}

/** A connection for requests that no client would make. A reset by the other side is no error. */
export async function connectRaw(port: number): Promise<RawSocket> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, answer: () => answer };
}
