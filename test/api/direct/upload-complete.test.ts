import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTask } from '#test/domain/stage.ts';
import { openUpload, publish, runStatement } from '../pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi({ env: { UPLOAD_POLICIES: '{"direct":{"uploadsPerHour":null}}' } });
});
afterAll(() => api?.close());

interface Created {
  readonly video_id: string;
  readonly upload_url: string;
  readonly headers: Record<string, string>;
}
const BODY = { title: 'My Video', filename: 'video.mp4', content_type: 'video/mp4' };

async function created(): Promise<Created> {
  return (await (await api.call('POST', '/api/v1/videos', { json: BODY })).json()) as Created;
}
async function sent(): Promise<Created> {
  const video = await created();
  const body = new Uint8Array(randomBytes(1000));
  const put = await fetch(video.upload_url, { method: 'PUT', body, headers: video.headers });
  expect(put.status).toBe(200);
  return video;
}
const complete = (videoId: string, as = api.ownerId) =>
  api.call('POST', `/api/v1/videos/${videoId}/upload_complete`, { as });
const statusOf = async (videoId: string) =>
  ((await (await api.call('GET', `/api/v1/videos/${videoId}`)).json()) as { status: string }).status;
const system = () => api.platform.context({ kind: 'system' });

/** Runs what is queued for a session, as a worker would. */
async function verify(videoId: string): Promise<number> {
  const jobs = await system().em.execute(
    `select j.id, j.payload from graphile_worker._private_jobs j
     join graphile_worker._private_tasks t on t.id = j.task_id
     join upload_sessions s on s.id::text = j.payload->>'sessionId'
     where t.identifier = 'complete-upload' and s.video_id = ?`,
    [videoId],
  );
  for (const { id, payload } of jobs) {
    await system().em.execute('delete from graphile_worker._private_jobs where id = ?', [id]);
    await runTask('complete-upload', system(), payload);
  }
  return jobs.length;
}

test('the answer is at once and in the words of the document; the job verifies the file', async () => {
  const { video_id } = await sent();
  const response = await complete(video_id);
  expect([response.status, await response.json()]).toEqual([202, { status: 'processing_queued' }]);
  expect(await statusOf(video_id)).toBe('uploading');
  expect(await verify(video_id)).toBe(1);
  expect(await statusOf(video_id)).toBe('uploaded');
});

test('again it answers the same, while it processes and when it is ready, and queues nothing twice', async () => {
  const { video_id } = await sent();
  for (let i = 0; i < 3; i += 1) expect((await complete(video_id)).status).toBe(202);
  expect(await verify(video_id)).toBe(1);
  const again = async () => {
    const response = await complete(video_id);
    expect([response.status, await response.json()]).toEqual([202, { status: 'processing_queued' }]);
    expect(await verify(video_id)).toBe(0);
  };
  await again();
  await publish(api, video_id, { 'master.m3u8': '#EXTM3U\n' });
  await again();
  expect(await statusOf(video_id)).toBe('ready');
});

test('with an Idempotency-Key it answers the same too', async () => {
  const { video_id } = await sent();
  const path = `/api/v1/videos/${video_id}/upload_complete`;
  const request = { headers: { 'Idempotency-Key': `done-${video_id}` } };
  expect((await api.call('POST', path, request)).status).toBe(202);
  const again = await api.call('POST', path, { ...request });
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
});

test('what cannot be completed says why', async () => {
  const code = async (response: Response) => {
    const problem = await problemOf(response);
    return [problem.status, problem.code];
  };
  const { video_id } = await created();
  expect(await code(await complete(randomUUID()))).toEqual([404, 'video_not_found']);
  expect(await code(await complete('abc123'))).toEqual([404, 'video_not_found']);
  expect(await code(await complete(video_id, randomUUID()))).toEqual([404, 'video_not_found']);
  const drafted = await api.call('POST', '/api/videos', {
    json: { title: 'x', sourceMime: 'video/mp4', sourceSizeBytes: 1 },
  });
  const { id } = (await drafted.json()) as { id: string };
  expect(await code(await complete(id))).toEqual([404, 'upload_not_found']);

  const canceled = await openUpload(api);
  await api.call('POST', `/api/uploads/${canceled.sessionId}/cancel`);
  expect(await code(await complete(canceled.videoId))).toEqual([409, 'upload_closed']);

  await runStatement(
    api.platform,
    "update upload_sessions set expires_at = now() - interval '1 second' where video_id = ?",
    [video_id],
  );
  expect(await code(await complete(video_id))).toEqual([410, 'upload_expired']);
});

test('no token is 401, an unknown member 422', async () => {
  const { video_id } = await created();
  const path = `/api/v1/videos/${video_id}/upload_complete`;
  expect((await api.call('POST', path, { as: null })).status).toBe(401);
  const problem = await problemOf(await api.call('POST', path, { json: { etag: 'x' } }));
  expect(problem.errors[0]?.field).toBe('etag');
});
