import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { draft, FILE_SIZE_BYTES, failTranscode, openUpload, storePart, uploaded } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const VIDEO = { title: 'Tour', sourceMime: 'video/mp4', sourceSizeBytes: FILE_SIZE_BYTES };

/** The same request as often as it is called, with a key of its own. */
function repeatable(path: string, json: unknown = {}, as = api.ownerId) {
  const headers = { 'Idempotency-Key': randomUUID() };
  return (changed: unknown = json) => api.call('POST', path, { json: changed, headers, as });
}
const isReplay = (response: Response) => response.headers.get('idempotency-replayed') === 'true';
const videosOf = async () => (await bodyOf(await api.call('GET', '/api/videos?limit=100'))).items.length;

describe('repeated under its Idempotency-Key', () => {
  test('a create makes one video, and shows it as it is now', async () => {
    const post = repeatable('/api/videos', VIDEO);
    const before = await videosOf();
    const first = await post();
    const { id } = await bodyOf(first);
    await api.call('PATCH', `/api/videos/${id}`, { json: { title: 'Renamed' } });
    const again = await post();
    expect([again.status, isReplay(again), again.headers.get('location')]).toEqual([
      201,
      true,
      `/api/videos/${id}`,
    ]);
    expect(await bodyOf(again)).toMatchObject({ id, title: 'Renamed', status: 'DRAFT' });
    expect(await videosOf()).toBe(before + 1);
  });

  test('a create whose video is deleted is 404', async () => {
    const post = repeatable('/api/videos', VIDEO);
    const { id } = await bodyOf(await post());
    await api.call('DELETE', `/api/videos/${id}`);
    const again = await post();
    expect([again.status, (await problemOf(again)).code]).toEqual([404, 'video_not_found']);
  });

  test('a create with another body is refused', async () => {
    const post = repeatable('/api/videos', VIDEO);
    await post();
    const other = await post({ ...VIDEO, title: 'Another' });
    expect([other.status, (await problemOf(other)).code]).toEqual([422, 'idempotency_mismatch']);
  });

  test('a create that was refused is judged again', async () => {
    const post = repeatable('/api/videos', { ...VIDEO, sourceSizeBytes: 0 });
    for (const _ of [1, 2]) {
      const response = await post();
      expect([response.status, isReplay(response)]).toEqual([422, false]);
      expect((await problemOf(response)).code).toBe('empty_file');
    }
  });

  test('the key of one owner means nothing for another', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const mine = await api.call('POST', '/api/videos', { json: VIDEO, headers });
    const theirs = await api.call('POST', '/api/videos', { json: VIDEO, headers, as: randomUUID() });
    expect([theirs.status, isReplay(theirs)]).toEqual([201, false]);
    expect((await bodyOf(theirs)).id).not.toBe((await bodyOf(mine)).id);
  });

  test('a retry runs once', async () => {
    const { videoId } = await uploaded(api);
    await failTranscode(api, videoId);
    const post = repeatable(`/api/videos/${videoId}/retry`);
    for (const replayed of [false, true]) {
      const response = await post();
      expect([response.status, isReplay(response)]).toEqual([202, replayed]);
      expect((await bodyOf(response)).status).toBe('TRANSCODING');
    }
  });

  test('a start opens one session', async () => {
    const { title: _, ...source } = VIDEO;
    const post = repeatable(`/api/videos/${await draft(api)}/uploads`, source);
    const { uploadSessionId } = await bodyOf(await post());
    const again = await post();
    expect([again.status, isReplay(again), (await bodyOf(again)).uploadSessionId]).toEqual([
      201,
      true,
      uploadSessionId,
    ]);
  });

  test('parts come signed anew', async () => {
    const { sessionId } = await openUpload(api);
    const post = repeatable(`/api/uploads/${sessionId}/parts`, { partNumber: 1 });
    await post();
    const again = await post();
    expect([again.status, isReplay(again)]).toEqual([200, true]);
    const put = await fetch((await bodyOf(again)).uploadUrl, {
      method: 'PUT',
      body: new Uint8Array(FILE_SIZE_BYTES),
    });
    expect(put.status).toBe(200);
    expect((await problemOf(await post({ partNumber: 2 }))).code).toBe('idempotency_mismatch');
  });

  test('a complete that was refused goes through once it can, and is told again after', async () => {
    const { sessionId } = await openUpload(api);
    const post = repeatable(`/api/uploads/${sessionId}/complete`);
    expect((await problemOf(await post())).code).toBe('parts_missing');
    await storePart(api, sessionId);
    for (const replayed of [false, true]) {
      const response = await post();
      expect([response.status, isReplay(response)]).toEqual([200, replayed]);
      expect(await bodyOf(response)).toEqual({ uploadSessionId: sessionId, status: 'COMPLETED' });
    }
  });

  test('a pause pauses once: after a resume it tells the state of now', async () => {
    const { sessionId } = await openUpload(api);
    const pause = repeatable(`/api/uploads/${sessionId}/pause`);
    const resume = repeatable(`/api/uploads/${sessionId}/resume`);
    const cancel = repeatable(`/api/uploads/${sessionId}/cancel`);
    for (const [post, status] of [
      [pause, 'PAUSED'],
      [resume, 'IN_PROGRESS'],
      [pause, 'IN_PROGRESS'],
      [resume, 'IN_PROGRESS'],
      [cancel, 'CANCELED'],
      [cancel, 'CANCELED'],
      [pause, 'CANCELED'],
    ] as const) {
      const response = await post();
      expect([response.status, (await bodyOf(response)).status]).toEqual([200, status]);
    }
  });
});

test('a key that is none is refused by every route that takes one', async () => {
  const { videoId, sessionId } = await openUpload(api);
  const upload = `/api/uploads/${sessionId}`;
  const { title: _, ...source } = VIDEO;
  for (const [path, json] of [
    ['/api/videos', VIDEO],
    [`/api/videos/${videoId}/retry`, {}],
    [`/api/videos/${videoId}/uploads`, source],
    [`${upload}/parts`, { partNumber: 1 }],
    ...['complete', 'pause', 'resume', 'cancel'].map((verb) => [`${upload}/${verb}`, {}] as const),
  ] as const) {
    const headers = { 'Idempotency-Key': 'k'.repeat(256) };
    const response = await api.call('POST', path, { json, headers });
    expect(response.status, path).toBe(422);
    expect((await problemOf(response)).errors[0]?.field, path).toBe('Idempotency-Key');
  }
});

test('pages of other origins may read whether an answer was a repetition', async () => {
  const response = await api.call('GET', '/api/upload-policies', {
    as: null,
    headers: { Origin: 'https://app.example.com' },
  });
  expect(response.headers.get('access-control-expose-headers')).toContain('Idempotency-Replayed');
});
