import { afterAll, beforeAll, expect, test } from 'vitest';
import { draft, failTranscode, uploaded } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

test('PATCH changes what it names and answers the new ETag', async () => {
  const id = await draft(api, { description: 'Old' });
  const response = await api.call('PATCH', `/api/videos/${id}`, { json: { title: 'New' } });
  expect(response.status).toBe(200);
  const body = await bodyOf(response);
  expect(body).toEqual({
    id,
    title: 'New',
    description: 'Old',
    status: 'DRAFT',
    updatedAt: expect.any(String),
  });
  const read = await api.call('GET', `/api/videos/${id}`);
  expect(read.headers.get('etag')).toBe(response.headers.get('etag'));
  expect((await bodyOf(read)).title).toBe('New');
});

test('a description can be taken away', async () => {
  const id = await draft(api, { description: 'Old' });
  const response = await api.call('PATCH', `/api/videos/${id}`, { json: { description: null } });
  expect((await bodyOf(response)).description).toBeNull();
});

test('of two edits on the same reading the second is refused', async () => {
  const id = await draft(api);
  const etag = (await api.call('GET', `/api/videos/${id}`)).headers.get('etag') ?? '';
  const edit = (title: string) =>
    api.call('PATCH', `/api/videos/${id}`, { json: { title }, headers: { 'If-Match': etag } });
  expect((await edit('First')).status).toBe(200);
  const second = await edit('Second');
  expect(second.status).toBe(412);
  expect((await problemOf(second)).code).toBe('precondition_failed');
});

test('If-Match: * holds for any video that is there', async () => {
  const id = await draft(api);
  const headers = { 'If-Match': '*' };
  expect((await api.call('PATCH', `/api/videos/${id}`, { json: { title: 'x' }, headers })).status).toBe(200);
});

test.each([[{}], [{ title: '' }], [{ title: null }], [{ status: 'READY' }], [{ title: 'x', id: 'y' }]])(
  'PATCH refuses %j',
  async (json) => {
    const response = await api.call('PATCH', `/api/videos/${await draft(api)}`, { json });
    expect(response.status).toBe(422);
  },
);

test('a deleted video is gone for every route, and the second DELETE says so', async () => {
  const { videoId, sessionId } = await uploaded(api);
  const deleted = await api.call('DELETE', `/api/videos/${videoId}`);
  expect(deleted.status).toBe(204);
  expect(await deleted.text()).toBe('');
  expect((await api.call('DELETE', `/api/videos/${videoId}`)).status).toBe(404);
  expect((await api.call('GET', `/api/videos/${videoId}`)).status).toBe(404);
  expect((await api.call('PATCH', `/api/videos/${videoId}`, { json: { title: 'x' } })).status).toBe(404);
  expect((await api.call('GET', `/api/uploads/${sessionId}`)).status).toBe(404);
  expect((await api.call('GET', `/watch/${videoId}.json`)).status).toBe(404);
});

test('a FAILED video whose source stands is transcoded again', async () => {
  const { videoId } = await uploaded(api);
  await failTranscode(api, videoId);
  const response = await api.call('POST', `/api/videos/${videoId}/retry`);
  expect(response.status).toBe(202);
  expect(await bodyOf(response)).toMatchObject({ id: videoId, status: 'TRANSCODING', failReason: null });
});

test('a retry is refused unless FAILED, and when the source is at fault', async () => {
  const { videoId } = await uploaded(api);
  const early = await api.call('POST', `/api/videos/${videoId}/retry`);
  expect(early.status).toBe(409);
  expect(await problemOf(early)).toMatchObject({ code: 'illegal_transition', from: 'UPLOADED' });
  await failTranscode(api, videoId, 'SOURCE_NOT_VIDEO');
  const broken = await api.call('POST', `/api/videos/${videoId}/retry`);
  expect(broken.status).toBe(409);
  expect((await problemOf(broken)).code).toBe('source_unavailable');
});
