import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { DEFAULT_RETRY, type OpenRange, type RetryPolicy, resumingRead } from './resuming-read.ts';

/** The only address FFmpeg ever sees (R2): one source, on the loopback interface, for the life of one job. */
export interface SourceGateway extends AsyncDisposable {
  readonly url: string;
  /** Aborts when the source cannot be read on: its reason is a SourceRejected or the last error of storage. */
  readonly broken: AbortSignal;
  /** Ends every read. Resolves when the port is free. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly read: OpenRange;
  readonly sizeBytes: number;
  readonly retry?: RetryPolicy;
  readonly signal?: AbortSignal;
}

/**
 * Serves GET and HEAD with byte ranges for one source on 127.0.0.1 under a random path. A read that breaks off is
 * resumed; a request that FFmpeg drops (it seeks by dropping) frees its storage read at once.
 */
export async function openSourceGateway(options: GatewayOptions): Promise<SourceGateway> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const broken = new AbortController();
  const closing = new AbortController();
  const ends = options.signal ? AbortSignal.any([closing.signal, options.signal]) : closing.signal;
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.destroyed && !ends.aborted) broken.abort(error);
      response.destroy();
    });
  });
  // A paused FFmpeg may leave its connection idle for as long as the disk is full.
  server.timeout = 0;
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== path) return void response.writeHead(404).end();
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
    const { sizeBytes } = options;
    const range = parseRange(request.headers.range, sizeBytes);
    const headers = { 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
    if (range === 'unsatisfiable') {
      return void response.writeHead(416, { ...headers, 'content-range': `bytes */${sizeBytes}` }).end();
    }
    const { start, end } = range ?? { start: 0, end: sizeBytes - 1 };
    response.writeHead(range ? 206 : 200, {
      ...headers,
      'content-length': end - start + 1,
      ...(range && { 'content-range': `bytes ${start}-${end}/${sizeBytes}` }),
    });
    if (request.method === 'HEAD') return void response.end();
    response.flushHeaders();
    const dropped = new AbortController();
    response.on('close', () => dropped.abort());
    const signal = AbortSignal.any([dropped.signal, ends]);
    const chunks = resumingRead(
      options.read,
      { start, end, sizeBytes },
      options.retry ?? DEFAULT_RETRY,
      signal,
    );
    for await (const chunk of chunks) {
      if (!response.write(chunk)) await once(response, 'drain', { signal });
    }
    response.end();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  const close = async () => {
    closing.abort(new Error('the gateway was closed'));
    const closed = server.listening ? once(server, 'close') : Promise.resolve();
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${address.port}${path}`,
    broken: broken.signal,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** `undefined`: no range, or one that may be ignored (RFC 9110, 14.2): other units, several ranges. */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  return start > end ? 'unsatisfiable' : { start, end };
}
