import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { callApi } from '#scripts/demo/api.ts';

export interface PlatformRun {
  /** From the moment that `complete` is sent to the first answer that says READY. */
  readonly seconds: number;
  /** Of these: until the attempt starts (completion, probe, poster), and the attempt itself. */
  readonly beforeSeconds: number;
  readonly attemptSeconds: number;
}

interface Session {
  readonly uploadSessionId: string;
  readonly partSizeBytes: number;
  readonly partCount: number;
}

const ASK_EVERY_MS = 100;

/** Uploads a file through presigned URLs, then measures what follows `complete`. Throws when it does not end READY. */
export async function platformRun(
  api: { base: string; token: string },
  database: Client,
  source: { path: string; sizeBytes: number },
  signal: AbortSignal,
): Promise<PlatformRun> {
  const call = <T>(method: 'GET' | 'POST', path: string, body?: object) =>
    callApi<T>(api.base, api.token, method, path, body);
  const file = { sourceMime: 'video/mp4', sourceSizeBytes: source.sizeBytes };
  const { id } = await call<{ id: string }>('POST', '/api/videos', { title: 'A clip', ...file });
  const session = await call<Session>('POST', `/api/videos/${id}/uploads`, file);
  await upload(session, source, async (partNumber) => {
    const path = `/api/uploads/${session.uploadSessionId}/parts`;
    return (await call<{ uploadUrl: string }>('POST', path, { partNumber })).uploadUrl;
  });
  const startedAt = performance.now();
  const startedMs = Date.now();
  await call('POST', `/api/uploads/${session.uploadSessionId}/complete`);
  for (;;) {
    const video = await call<{ status: string; failReason: string | null }>('GET', `/api/videos/${id}`);
    if (video.status === 'READY') break;
    if (video.status === 'FAILED') throw new Error(`The clip ended FAILED: ${video.failReason}`);
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { rows } = await database.query<{ started: string; finished: string }>(
    `select extract(epoch from started_at) as started, extract(epoch from finished_at) as finished
     from transcode_jobs where video_id = $1 and state = 'SUCCEEDED'`,
    [id],
  );
  const [started, finished] = [Number(rows[0]?.started), Number(rows[0]?.finished)];
  return { seconds, beforeSeconds: started - startedMs / 1000, attemptSeconds: finished - started };
}

async function upload(
  session: Session,
  source: { path: string; sizeBytes: number },
  sign: (partNumber: number) => Promise<string>,
): Promise<void> {
  await using handle = await open(source.path);
  for (let partNumber = 1; partNumber <= session.partCount; partNumber += 1) {
    const offset = (partNumber - 1) * session.partSizeBytes;
    const bytes = Buffer.alloc(Math.min(session.partSizeBytes, source.sizeBytes - offset));
    await handle.read(bytes, 0, bytes.length, offset);
    const stored = await fetch(await sign(partNumber), { method: 'PUT', body: bytes });
    if (!stored.ok) throw new Error(`Storage answered ${stored.status} to part ${partNumber}`);
  }
}
