import type { LookupAddress } from 'node:dns';
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { failureOf } from './failure-of-error.ts';
import { retryAfterSeconds } from './retry-after.ts';
import type { WebhookCall, WebhookOutcome } from './webhook-sender.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const EXCERPT_MAX_BYTES = 4096;
/** Who announces an answer for ever keeps this process busy with reading. */
const INTERIM_ANSWERS_MAX = 10;
/** The status has decided: what the receiver still says is a courtesy to whoever reads the log. */
const EXCERPT_WAIT_MS = 2000;

const LATE: WebhookOutcome = { failure: 'timeout', detail: 'There was no answer in time' };

export interface Post {
  readonly url: URL;
  readonly call: Pick<WebhookCall, 'headers' | 'body'>;
  /** The only addresses that are connected to: no name is looked up again. */
  readonly addresses: readonly LookupAddress[];
  /** Authorities instead of those of Node, PEM. */
  readonly caCertificates: readonly string[] | undefined;
  /** Fires when the time is over. */
  readonly signal: AbortSignal;
}

/** One POST on a connection of its own: no redirect, no proxy, no more of the answer than an excerpt. Never throws. */
export function postOnce(post: Post): Promise<WebhookOutcome> {
  const { promise, resolve } = Promise.withResolvers<WebhookOutcome>();
  let request: ClientRequest;
  try {
    request = open(post);
  } catch (error) {
    // Header values that HTTP does not allow, for instance.
    return Promise.resolve(failureOf(error));
  }
  const settle = (outcome: WebhookOutcome) => {
    clearTimeout(connecting);
    resolve(outcome);
    request.destroy();
  };
  const connecting = setTimeout(
    () => settle({ failure: 'timeout', detail: 'There was no connection in time' }),
    CONNECT_TIMEOUT_MS,
  );
  request.on('socket', (socket) => {
    socket.once(post.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
  });
  let interimAnswers = 0;
  request.on('information', () => {
    interimAnswers += 1;
    if (interimAnswers > INTERIM_ANSWERS_MAX)
      settle({ failure: 'connection', detail: 'There were interim answers only' });
  });
  // Once there is a status, it counts, however the rest of the answer ends.
  let answered = false;
  request.on('response', async (response) => {
    answered = true;
    settle(await outcomeOf(response));
  });
  request.on('error', (error) => {
    if (!answered) settle(post.signal.aborted ? LATE : failureOf(error));
  });
  request.on('close', () => {
    if (!answered) settle({ failure: 'connection', detail: 'The connection was closed' });
  });
  request.end(post.call.body);
  return promise;
}

function open({ url, call, addresses, caCertificates, signal }: Post): ClientRequest {
  const shared = {
    method: 'POST',
    headers: { ...call.headers, 'Content-Length': Buffer.byteLength(call.body) },
    lookup: answerWith(addresses),
    maxHeaderSize: 16 * 1024,
    signal,
  };
  return url.protocol === 'https:'
    ? httpsRequest(url, {
        ...shared,
        agent: new HttpsAgent({ keepAlive: false }),
        ...(caCertificates && { ca: [...caCertificates] }),
      })
    : httpRequest(url, { ...shared, agent: new HttpAgent({ keepAlive: false }) });
}

/** A lookup that looks nothing up. */
function answerWith(addresses: readonly LookupAddress[]) {
  return (
    _hostname: string,
    options: { all?: boolean | undefined },
    answer: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ) => {
    const [first] = addresses;
    if (options.all) answer(null, [...addresses]);
    else if (first) answer(null, first.address, first.family);
    else answer(new Error('There is no address'), []);
  };
}

async function outcomeOf(response: IncomingMessage): Promise<WebhookOutcome> {
  return {
    status: response.statusCode ?? 0,
    retryAfterSeconds: retryAfterSeconds(response.headers['retry-after']),
    excerpt: await excerptOf(response),
  };
}

/** Whatever has come once there is enough, it ends, breaks off or takes too long. */
function excerptOf(response: IncomingMessage): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  const finish = () => {
    clearTimeout(waiting);
    resolve(printable(Buffer.concat(pieces).subarray(0, EXCERPT_MAX_BYTES)));
  };
  const waiting = setTimeout(finish, EXCERPT_WAIT_MS);
  response.on('data', (piece: Buffer) => {
    if (sizeBytes >= EXCERPT_MAX_BYTES) return;
    pieces.push(piece);
    sizeBytes += piece.byteLength;
    if (sizeBytes >= EXCERPT_MAX_BYTES) finish();
  });
  response.on('end', finish).on('error', finish).on('close', finish);
  return promise;
}

/** Text that a database takes and a terminal survives; a letter that the cut has split is left out. */
function printable(bytes: Buffer): string {
  const text = new TextDecoder().decode(bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]/g, '');
}
