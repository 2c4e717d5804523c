import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer, json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that is just being served, with its body unread. */
export interface Meeting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The server behind. */
  readonly target: URL;
  /** Kept when all that is under way is broken off. */
  readonly untilReset: Promise<void>;
}

/** Something that happens to a request instead of plain passing on. */
export interface Fault {
  /** For the record. */
  readonly name: string;
  /** Resolves to the status that the client was given, or null when it was given none. */
  meet(meeting: Meeting): Promise<number | null>;
}

/** What buckets and the API send to pages of any origin, so that a made-up answer is as readable as a real one. */
const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag, Location, Retry-After, Upload-Offset, Upload-Length, Tus-Resumable',
};
/** Between two hosts only (RFC 9110, section 7.6.1); all other headers go through as they come. */
const HOP_BY_HOP = ['connection', 'keep-alive'];

/** Sends the request to the server behind and its answer back, both as they come. */
export async function passOn({ request, response, target }: Meeting): Promise<number | null> {
  const { sent, answered } = forward(request, target);
  // Plain pipe: pipeline would destroy the answer of a server that does not wait for the end of the body.
  request.pipe(sent);
  response.once('close', () => sent.destroy());
  return giveBack(await answered, request, response);
}

/** The server behind never sees it. The body is taken first: to many clients an answer amid it is a broken connection. */
export function answer(
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
  name = `answer ${status}`,
): Fault {
  return {
    name,
    async meet({ request, response }) {
      await drain(request);
      const length = String(Buffer.byteLength(body));
      response.writeHead(status, { ...CORS, 'content-length': length, ...headers }).end(body);
      return status;
    },
  };
}

/** Passes so much of the body on, then breaks both connections. */
export function cut(afterBytes: number): Fault {
  return {
    name: 'cut',
    async meet({ request, response, target }) {
      const { sent, answered } = forward(request, target);
      answered.catch(() => undefined);
      let restBytes = afterBytes;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        const passed = chunk.subarray(0, restBytes);
        await written(sent, passed);
        restBytes -= passed.length;
        if (restBytes === 0) break;
      }
      sent.destroy();
      response.destroy();
      return null;
    },
  };
}

/**
 * Passes so much of the body on and then nothing, in either direction: as where a phone leaves its network without a word.
 * The server behind goes on waiting even when the client has given up, until the proxy is reset.
 */
export function stall(afterBytes: number): Fault {
  return {
    name: 'stall',
    async meet({ request, target, untilReset }) {
      const { sent, answered } = forward(request, target);
      answered.catch(() => undefined);
      let restBytes = afterBytes;
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        const passed = (chunk as Buffer).subarray(0, restBytes);
        await written(sent, passed);
        restBytes -= passed.length;
        if (restBytes === 0) break;
      }
      await untilReset;
      sent.destroy();
      return null;
    },
  };
}

/** Takes the whole body and never answers; nothing reaches the server behind. */
export const hang: Fault = {
  name: 'hang',
  async meet({ request }) {
    await drain(request);
    return null;
  },
};

/** The server behind does it all, but its answer never arrives. */
export const lostAnswer: Fault = {
  name: 'lost answer',
  async meet({ request, response, target }) {
    const { sent, answered } = forward(request, target);
    request.pipe(sent);
    await drain(await answered);
    response.destroy();
    return null;
  },
};

/** The server behind gets it twice at once, as from an eager gateway; the client is given the later answer. */
export const twice: Fault = {
  name: 'twice',
  async meet({ request, response, target }) {
    const body = await buffer(request);
    const arrived: { answer: IncomingMessage; body: Buffer }[] = [];
    const send = async () => {
      const { sent, answered } = forward(request, target);
      sent.end(body);
      const answer = await answered;
      arrived.push({ answer, body: await buffer(answer) });
    };
    await Promise.all([send(), send()]);
    const later = arrived.at(-1);
    const status = later?.answer.statusCode ?? 502;
    response.writeHead(status, endToEnd(later?.answer.rawHeaders ?? [])).end(later?.body);
    return status;
  },
};

/** The client is answered; then the same comes to the server behind once more, beside whatever the client sends next. */
export const echo: Fault = {
  name: 'echo',
  async meet({ request, response, target }) {
    const body = await buffer(request);
    const first = forward(request, target);
    first.sent.end(body);
    const status = await giveBack(await first.answered, request, response);
    const second = forward(request, target);
    second.sent.end(body);
    await drain(await second.answered);
    return status;
  },
};

/** Passes it on and changes the JSON of the answer. */
export function edited(change: Readonly<Record<string, unknown>>): Fault {
  return {
    name: 'edited',
    async meet({ request, response, target }) {
      const { sent, answered } = forward(request, target);
      request.pipe(sent);
      const answer = await answered;
      const body = JSON.stringify({ ...((await json(answer)) as object), ...change });
      const status = answer.statusCode ?? 502;
      response.writeHead(status, { ...CORS, 'content-type': 'application/json' }).end(body);
      return status;
    },
  };
}

/** Lets the body through at this rate. */
export function slow(bytesPerSecond: number): Fault {
  return {
    name: 'slow',
    async meet({ request, response, target }) {
      const { sent, answered } = forward(request, target);
      response.once('close', () => sent.destroy());
      for await (const chunk of request as AsyncIterable<Buffer>) {
        await sleep((chunk.length / bytesPerSecond) * 1000);
        await written(sent, chunk);
      }
      sent.end();
      return giveBack(await answered, request, response);
    },
  };
}

/** Passes it on when the promise is kept: time for a test to do something meanwhile. */
export function hold(until: Promise<unknown>): Fault {
  return {
    name: 'hold',
    async meet(meeting) {
      await until;
      return passOn(meeting);
    },
  };
}

function forward(request: IncomingMessage, target: URL) {
  const sent = http.request({
    host: target.hostname,
    port: target.port,
    method: request.method,
    path: request.url,
    // As clients ask for: a server that closes at once may do so before its answer is read.
    headers: [...endToEnd(request.rawHeaders), 'connection', 'keep-alive'],
    setHost: false,
    agent: false,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', reject);
  });
  return { sent, answered };
}

async function giveBack(
  answer: IncomingMessage,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const status = answer.statusCode ?? 502;
  response.writeHead(status, answer.statusMessage ?? '', endToEnd(answer.rawHeaders));
  await pipeline(answer, response, { end: false });
  // A refusal may come before the end of the body; a connection that closes amid it takes the answer with it.
  request.unpipe();
  await drain(request);
  response.end();
  return status;
}

/** Names and values in turn, in their order and with repeats, as Node takes and gives them raw. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, i) => {
    const name = rawHeaders[i - (i % 2)] ?? '';
    return !HOP_BY_HOP.includes(name.toLowerCase());
  });
}

function written(sent: http.ClientRequest, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    sent.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

async function drain(message: IncomingMessage): Promise<void> {
  for await (const _chunk of message as AsyncIterable<Buffer>) {
    // Read and dropped.
  }
}
