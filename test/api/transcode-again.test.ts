import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { draft, failTranscode, publish, runStatement, uploaded } from './pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from './test-api.ts';

const ADMIN = { scopes: ['admin'] };
/** Keys that lie in an archive, which only a cloud has. */
const archived = new Map<string, 'archived' | 'restoring'>();
let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({
    replace: ({ storage }) => ({
      storage: {
        ...storage,
        sources: {
          ...storage.sources,
          async head(key) {
            const archive = archived.get(key);
            return { ...(await storage.sources.head(key)), ...(archive && { archive }) };
          },
          async restore(key) {
            if (!archived.has(key)) throw new StorageError('rejected', 'it can be read');
            archived.set(key, 'restoring');
            return 'restoring';
          },
        },
      },
    }),
  });
});
afterAll(() => api.close());

const pathOf = (videoId: string) => `/api/operations/videos/${videoId}/transcode`;
const again = (videoId: string, request: object = {}) =>
  api.call('POST', pathOf(videoId), { as: randomUUID(), ...ADMIN, ...request });
const codeOf = async (response: Response) => (await problemOf(response)).code;
const dequeue = (videoId: string) =>
  runStatement(api.platform, 'delete from graphile_worker._private_jobs where key = ?', [`probe:${videoId}`]);

/** READY, its probe out of the queue. */
async function ready(): Promise<string> {
  const { videoId } = await uploaded(api);
  await publish(api, videoId, { 'master.m3u8': '#EXTM3U' });
  await dequeue(videoId);
  return videoId;
}

async function queued(videoId: string): Promise<Record<string, unknown>[]> {
  const rows: unknown = await api.platform
    .context({ kind: 'system' })
    .em.execute(`select payload from graphile_worker._private_jobs where key = ?`, [`probe:${videoId}`]);
  return (rows as { payload: Record<string, unknown> }[]).map(({ payload }) => payload);
}

test('an operator has the video of any owner transcoded again, by whom he likes', async () => {
  const videoId = await ready();
  const response = await again(videoId, { json: { transcoder: 'ffmpeg' } });
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ videoId, status: 'READY', transcoder: 'ffmpeg' });
  expect(await queued(videoId)).toMatchObject([{ transcoder: 'ffmpeg', tryNumber: 1 }]);
});

test('a FAILED one is TRANSCODING; without a body policy and deployment choose', async () => {
  const { videoId } = await uploaded(api);
  await failTranscode(api, videoId);
  const response = await again(videoId);
  expect([response.status, await response.json()]).toEqual([
    202,
    { videoId, status: 'TRANSCODING', transcoder: null },
  ]);
});

test('with an Idempotency-Key it is done once', async () => {
  const videoId = await ready();
  const repeat = () =>
    api.call('POST', pathOf(videoId), { ...ADMIN, headers: { 'idempotency-key': `again-${videoId}` } });
  const [first, second] = [await repeat(), await repeat()];
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  expect(await second.json()).toEqual(await first.json());
  const lesser = await api.call('POST', pathOf(videoId), {
    headers: { 'idempotency-key': `again-${videoId}` },
  });
  expect(await codeOf(lesser)).toBe('forbidden');
});

test('it is for operators', async () => {
  const videoId = await ready();
  expect(await codeOf(await api.call('POST', pathOf(videoId)))).toBe('forbidden');
  expect((await api.call('POST', pathOf(videoId), { as: null })).status).toBe(401);
  expect(await queued(videoId)).toEqual([]);
});

test('each refusal has its code', async () => {
  expect(await codeOf(await again(randomUUID()))).toBe('video_not_found');
  expect(await codeOf(await again(await draft(api)))).toBe('illegal_transition');
  const videoId = await ready();
  const json = (transcoder: string) => ({ json: { transcoder } });
  const unset = await again(videoId, json('coconut'));
  expect([unset.status, await codeOf(unset)]).toEqual([422, 'transcoder_unavailable']);
  expect((await again(videoId, json('handbrake'))).status).toBe(422);
  expect((await again(videoId, { json: { speed: 2 } })).status).toBe(422);
  expect((await again(videoId)).status).toBe(202);
  const twice = await again(videoId);
  expect([twice.status, await codeOf(twice)]).toEqual([409, 'illegal_transition']);
});

test('an archived source is asked for: 409 and when to come back, for operators and owners alike', async () => {
  const { videoId } = await uploaded(api);
  await failTranscode(api, videoId);
  const { sources } = api.platform.context({ kind: 'system' }).storage;
  const [object] = await Array.fromAsync(sources.list(`uploads/${videoId}/`));
  const key = object?.key ?? '';
  archived.set(key, 'archived');
  const first = await again(videoId);
  expect(first.headers.get('retry-after')).toBe('3600');
  expect(await problemOf(first)).toMatchObject({
    status: 409,
    code: 'source_archived',
    restore: 'requested',
  });
  const owner = await api.call('POST', `/api/videos/${videoId}/retry`);
  expect(await problemOf(owner)).toMatchObject({
    status: 409,
    code: 'source_archived',
    restore: 'in_progress',
  });
  archived.delete(key);
  expect((await api.call('POST', `/api/videos/${videoId}/retry`)).status).toBe(202);
});
