import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { draft, runStatement } from '../pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
let hasty: TestApi;
beforeAll(async () => {
  api = await createTestApi({ env: { DELETE_GRACE_SECONDS: '86400' } });
  hasty = await createTestApi({ sharing: api.platform });
});
afterAll(async () => {
  await hasty?.close();
  await api?.close();
});

const restore = (videoId: string, request: object = {}, on = api) =>
  on.call('POST', `/api/videos/${videoId}/restore`, request);
async function deleted(): Promise<string> {
  const videoId = await draft(api);
  expect((await api.call('DELETE', `/api/videos/${videoId}`)).status).toBe(204);
  return videoId;
}

test('within the grace the video is back, as it was', async () => {
  const videoId = await deleted();
  expect((await api.call('GET', `/api/videos/${videoId}`)).status).toBe(404);
  const response = await restore(videoId);
  expect(response.status).toBe(200);
  const read = await api.call('GET', `/api/videos/${videoId}`);
  expect(response.headers.get('etag')).toBe(read.headers.get('etag'));
  expect(await response.json()).toEqual({
    ...((await read.json()) as object),
    updatedAt: expect.any(String),
  });
});

test('a repetition with its key answers the same; without one it is no longer deleted', async () => {
  const videoId = await deleted();
  const request = { headers: { 'idempotency-key': `restore-${videoId}` } };
  expect((await restore(videoId, request)).status).toBe(200);
  const again = await restore(videoId, request);
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  expect(await problemOf(await restore(videoId))).toMatchObject({ status: 409, code: 'illegal_transition' });
});

test('nobody else brings it back, and nobody what is past its grace', async () => {
  const videoId = await deleted();
  const codeOf = async (response: Response) => (await problemOf(response)).code;
  expect((await restore(videoId, { as: null })).status).toBe(401);
  expect(await codeOf(await restore(videoId, { as: randomUUID() }))).toBe('video_not_found');
  expect(await codeOf(await restore(randomUUID()))).toBe('video_not_found');
  const late = await deleted();
  await runStatement(
    api.platform,
    "update videos set deleted_at = now() - interval '25 hours' where id = ?",
    [late],
  );
  expect(await codeOf(await restore(late))).toBe('video_not_found');
  // By default there is no grace.
  expect(await codeOf(await restore(await deleted(), { as: api.ownerId }, hasty))).toBe('video_not_found');
});
