import { connectRaw, type RawSocket } from '#test/support/raw-socket.ts';
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
): Promise<RawSocket> {
  const { socket, answer } = await connectRaw(api.server.port);
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
  return { socket, answer };
}
