import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import coconut from 'coconutjs';
import type { CallReport, CoconutAccount, CoconutRequest } from './coconut-call.ts';

/** An error's body that the package drops is a short JSON; of anything longer the beginning is enough. */
const TEXT_MAX_LENGTH = 16_384;

/**
 * Has `coconutjs` make one request, and reports what happens. The package keeps the key of the client that was made last
 * for all clients, throws past every handler at a body that is no JSON, and waits for ever: this runs where nothing else
 * does (`isolated-call.ts`).
 *
 * @param report called with `connected` and `response` as they happen, and once with `answer` or `error`, or never
 */
export function runCall(
  account: CoconutAccount,
  request: CoconutRequest,
  report: (report: CallReport) => void,
): void {
  const { Job } = new coconut.Client(account.apiKey, { endpoint: account.endpoint });
  let readText = () => '';
  const callback = (answer: unknown, error: { error_code?: unknown; message?: unknown } | null) => {
    if (!error) return report({ kind: 'answer', body: answer });
    const { error_code: code, message } = error;
    report({ kind: 'error', code: String(code), message: String(message), text: readText() });
  };
  const sent = madeDuring(() => {
    // Not the promises that it offers as well: they resolve to null at every error.
    if (request.operation === 'create') Job.create(request.job, callback);
    else Job.retrieve(request.providerJobId, callback);
  });
  if (sent) readText = observe(sent, report);
}

/** The package hands out none of its requests; Node announces each as it is made. */
function madeDuring(act: () => void): ClientRequest | null {
  let made: ClientRequest | null = null;
  const onCreated = (message: unknown) => {
    made = (message as { request: ClientRequest }).request;
  };
  subscribe('http.client.request.created', onCreated);
  try {
    act();
  } finally {
    unsubscribe('http.client.request.created', onCreated);
  }
  return made;
}

/** Status, Retry-After and the body, of which the package passes on none for most errors. */
function observe(request: ClientRequest, report: (report: CallReport) => void): () => string {
  let text = '';
  request.once('socket', (socket) => {
    const connected = () => report({ kind: 'connected' });
    if ('encrypted' in socket) socket.once('secureConnect', connected);
    else if (socket.connecting) socket.once('connect', connected);
    else connected();
  });
  request.once('response', (response: IncomingMessage) => {
    const retryAfter = response.headers['retry-after'] ?? null;
    report({ kind: 'response', status: response.statusCode ?? 0, retryAfter });
    response.on('data', (chunk: string | Buffer) => {
      if (text.length < TEXT_MAX_LENGTH) text += chunk.toString('utf8').slice(0, TEXT_MAX_LENGTH);
    });
    // The package waits for an end that does not come any more.
    response.once('close', () => {
      if (!response.complete) report({ kind: 'error', code: 'cut', message: 'ECONNRESET', text: '' });
    });
  });
  return () => text;
}
