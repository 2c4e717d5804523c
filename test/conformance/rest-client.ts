import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceFile } from './source-file.ts';

/** What a plain client needs to know, and what a test may do meanwhile. */
export interface RestUpload {
  readonly apiUrl: string;
  /** The owner's token, needed for the start only, or the upload token of a session that was opened before. */
  readonly bearer: string;
  readonly file: SourceFile;
  /** Goes on with a session that an earlier client opened. */
  readonly uploadSessionId?: string;
  /** How long an answer may take. A phone would wait 60 s. */
  readonly answerTimeoutMs?: number;
  /** Called before a part is sent. */
  readonly beforePart?: (partNumber: number) => Promise<void>;
}

interface Session {
  readonly uploadSessionId: string;
  readonly partSizeBytes: number;
  readonly partCount: number;
  /** Good for this session, as long as it lives. */
  readonly uploadToken?: string | null;
  /** Ranges, such as `1-40,42`. */
  readonly stored: string;
}

/** The API has said no, and repeating would not help. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, { code, detail }: { code: string; detail: string }) {
    super(`${status} ${code}: ${detail}`);
    this.status = status;
    this.code = code;
  }
}

/** The least that S3 allows. */
export const PART_SIZE_BYTES_MAX = 5 * 1024 ** 2;
const TRIES_MAX = 8;
/** A phone would begin with 500. */
const BACK_OFF_MS = 20;
const TRANSIENT_S3_CODES = ['RequestTimeout', 'IncompleteBody', 'BadDigest', 'InternalError', 'SlowDown'];

/**
 * Uploads a file by the REST API with nothing but fetch, as docs/uploading.md tells clients to: every call is repeated
 * until it is answered, a refused URL is signed again, and completion decides what is still missing. Resolves to the
 * session's id. Throws Refused.
 */
export async function uploadByRest(start: RestUpload): Promise<string> {
  const { file, uploadSessionId } = start;
  const session = uploadSessionId
    ? await call<Session>(start, 'GET', `/api/uploads/${uploadSessionId}`)
    : await openSession(start);
  const options = { ...start, bearer: session.uploadToken ?? start.bearer };
  const path = `/api/uploads/${session.uploadSessionId}`;
  let missing = without(session.partCount, numbersOf(session.stored));
  for (;;) {
    for (const partNumber of missing) {
      await options.beforePart?.(partNumber);
      const start = (partNumber - 1) * session.partSizeBytes;
      await sendPart(options, path, partNumber, file.bytes.subarray(start, start + session.partSizeBytes));
    }
    const { status, body } = await callUntilAnswered<{ missing?: string }>(
      options,
      'POST',
      `${path}/complete`,
      {},
    );
    if (status === 200) return session.uploadSessionId;
    if (status === 202) await sleep(BACK_OFF_MS);
    else missing = numbersOf(body.missing ?? '');
  }
}

async function openSession(options: RestUpload): Promise<Session> {
  const { file } = options;
  const source = { sourceMime: file.mime, sourceSizeBytes: file.bytes.byteLength };
  const wantedVideo = { title: file.name, ...source };
  const video = await call<{ id: string }>(options, 'POST', '/api/videos', wantedVideo, randomUUID());
  // Phones hold little in memory.
  const wanted = { ...source, maxPartSizeBytes: PART_SIZE_BYTES_MAX };
  return call<Session>(options, 'POST', `/api/videos/${video.id}/uploads`, wanted, randomUUID());
}

async function sendPart(
  options: RestUpload,
  path: string,
  partNumber: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await repeated(async () => {
    const { uploadUrl } = await call<{ uploadUrl: string }>(options, 'POST', `${path}/parts`, { partNumber });
    const response = await fetch(uploadUrl, { method: 'PUT', body: bytes, signal: timeLimit(options) });
    const text = await response.text();
    if (response.ok) return;
    // A URL that is refused is signed again with the next try, whatever the reason: a proxy may be the one who refuses.
    const worthRepeating =
      [403, 408, 425, 429].includes(response.status) ||
      response.status >= 500 ||
      TRANSIENT_S3_CODES.some((code) => text.includes(`<Code>${code}</Code>`));
    if (!worthRepeating) throw new Refused(response.status, { code: 'storage', detail: text });
    throw new Error(`Storage answered ${response.status}`);
  });
}

/** A call whose answer is the only one that helps. */
async function call<Body>(...request: Parameters<typeof callUntilAnswered>): Promise<Body> {
  return (await callUntilAnswered<Body>(...request)).body;
}

/**
 * Repeated until it is answered by something that repeating cannot change. 409 `parts_missing` is such an answer.
 *
 * @param idempotencyKey for what makes something; the same for each repeat, so that a lost answer makes no second one
 */
function callUntilAnswered<Body>(
  options: RestUpload,
  method: string,
  path: string,
  json?: object,
  idempotencyKey?: string,
): Promise<{ status: number; body: Body }> {
  return repeated(async () => {
    const response = await fetch(new URL(path, options.apiUrl), {
      method,
      headers: {
        authorization: `Bearer ${options.bearer}`,
        'content-type': 'application/json',
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      body: json ? JSON.stringify(json) : null,
      signal: timeLimit(options),
    });
    if (response.status >= 500 || response.status === 429) throw new Error(`It answered ${response.status}`);
    const body = (await response.json()) as Body & { code: string; detail: string };
    if (response.status === 409 && body.code === 'completing') throw new Error(body.detail);
    if (!response.ok && body.code !== 'parts_missing') throw new Refused(response.status, body);
    return { status: response.status, body };
  });
}

/** Again after a while, until it is refused for good or there have been enough tries. */
async function repeated<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refused || tries === TRIES_MAX) throw error;
      await sleep(BACK_OFF_MS * 2 ** tries);
    }
  }
}

function timeLimit({ answerTimeoutMs = 60_000 }: RestUpload): AbortSignal {
  return AbortSignal.timeout(answerTimeoutMs);
}

/** `1-3,7` as 1, 2, 3, 7. */
function numbersOf(ranges: string): number[] {
  return ranges
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = '', last = first] = range.split('-');
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
    });
}

function without(partCount: number, stored: readonly number[]): number[] {
  return Array.from({ length: partCount }, (_, i) => i + 1).filter((n) => !stored.includes(n));
}
