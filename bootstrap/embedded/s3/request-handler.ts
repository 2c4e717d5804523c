import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { S3Call } from './call.ts';
import { allowOrigin, answerPreflight } from './cors.ts';
import { answerError } from './error-answer.ts';
import type { ObjectEvents } from './object-events.ts';
import type { ObjectStore } from './object-store.ts';
import { route } from './routes.ts';
import { S3Error } from './s3-error.ts';
import { verifySigV4 } from './sigv4.ts';
import { asHeaderValue } from './stored-headers.ts';
import { parseTarget } from './uri.ts';

export interface HandlerOptions {
  store: ObjectStore;
  secrets: ReadonlyMap<string, string>;
  events: ObjectEvents;
  /** Told of failures that are not the client's. */
  onError: (error: unknown) => void;
}

/** Serves one request to its end; never rejects. `awaitsContinue`: the client sent `Expect: 100-continue`. */
export async function handleRequest(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): Promise<void> {
  const requestId = randomUUID();
  let clientAwaitsContinue = awaitsContinue;
  const continueBody = () => {
    if (clientAwaitsContinue) response.writeContinue();
    clientAwaitsContinue = false;
  };
  response.setHeader('x-amz-request-id', requestId);
  try {
    await serve(options, request, response, continueBody);
  } catch (error) {
    const cutOff = request.destroyed || response.destroyed;
    if (!(error instanceof S3Error) && !cutOff) options.onError(error);
    const answer = error instanceof S3Error ? error : new S3Error('InternalError');
    await answerError(request, response, answer, { requestId, clientAwaitsContinue });
  }
}

async function serve(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  continueBody: () => void,
): Promise<void> {
  const target = parseTarget(request.url ?? '');
  const method = request.method ?? '';
  const cors = options.store.buckets.find(target.bucket)?.cors ?? null;
  if (method === 'OPTIONS') return answerPreflight(request, response, cors);
  allowOrigin(request, response, cors);
  const signed = { method, headers: request.headers, rawPath: target.rawPath, query: target.query };
  const signing = verifySigV4(signed, options.secrets, Date.now());
  if (!signing) throw new S3Error('AccessDenied');
  const call: S3Call = {
    method,
    bucket: target.bucket,
    key: target.key,
    query: target.query,
    headers: effectiveHeaders(request.headers, target.query),
    body: request,
    continueBody,
    response,
    signing,
    store: options.store,
    publish: (name, bucket, object) => options.events.publish(name, bucket, object),
  };
  return route(call);
}

/** Signers move x-amz-* headers into the query of a presigned URL; S3 treats both alike. */
function effectiveHeaders(headers: IncomingHttpHeaders, query: URLSearchParams): Map<string, string> {
  const effective = new Map<string, string>();
  if (query.has('X-Amz-Signature'))
    for (const [name, value] of query) {
      const lowerName = name.toLowerCase();
      if (lowerName.startsWith('x-amz-')) effective.set(lowerName, asHeaderValue(lowerName, value));
    }
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) effective.set(name, Array.isArray(value) ? value.join(', ') : value);
  return effective;
}
