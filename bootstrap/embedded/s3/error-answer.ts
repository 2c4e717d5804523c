import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import type { S3Error } from './s3-error.ts';
import { writeXml } from './xml.ts';

const DRAIN_MAX_BYTES = 64 * 1024 ** 2;
const DRAIN_MAX_MS = 2_000;

/** Answers what went wrong as an `<Error>` document, or breaks off an answer that has begun. */
export async function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  error: S3Error,
  options: { requestId: string; clientAwaitsContinue: boolean },
): Promise<void> {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = writeXml('Error', {
    Code: error.code,
    Message: error.message,
    // Without the query, which may hold a signature.
    Resource: request.url?.replace(/\?.*$/s, ''),
    RequestId: options.requestId,
  });
  const bodyUnread = !request.complete;
  if (bodyUnread) response.setHeader('connection', 'close');
  response.writeHead(error.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
  });
  if (request.method !== 'HEAD') response.write(body);
  // Closing with unread bytes in the socket resets the connection, and a client still sending never sees why.
  if (bodyUnread && !options.clientAwaitsContinue) await drain(request);
  response.end();
}

/** Reads on and drops what comes, for as long as is reasonable. */
async function drain(request: IncomingMessage): Promise<void> {
  if (request.destroyed) return;
  let drainedBytes = 0;
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), DRAIN_MAX_MS);
  request.on('data', (chunk: Buffer) => {
    drainedBytes += chunk.length;
    if (drainedBytes > DRAIN_MAX_BYTES) enough.abort();
  });
  request.resume();
  try {
    await finished(request, { signal: enough.signal });
  } catch {
    // The client went away or sends too much: either way the connection ends now.
  } finally {
    clearTimeout(timer);
  }
}
