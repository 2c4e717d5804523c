import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runStatement } from '#test/api/pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '#test/api/test-api.ts';
import { bytesOf } from '#test/domain/part-bytes.ts';

interface Signed {
  readonly signed_url: string;
  readonly playlist_id: string;
  readonly video_id: string | null;
  readonly key: string;
  readonly expires_at: string;
  readonly headers: Record<string, string>;
}

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const ask = (json: unknown, headers: Record<string, string> = {}, scopes = ['admin']) =>
  api.call('POST', '/api/uploads/signed_url', { json, scopes, headers });

async function signed(json: unknown, headers?: Record<string, string>): Promise<Signed> {
  const response = await ask(json, headers);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Signed;
}

test('a client that knows nothing but file_name and signed_url uploads a ZIP, whatever type it sends', async () => {
  const answer = await signed({ file_name: 'course.zip' });
  expect(answer).toEqual({
    signed_url: expect.stringContaining(`/archives/${answer.playlist_id}/archive.zip?`),
    playlist_id: expect.any(String),
    video_id: null,
    key: `archives/${answer.playlist_id}/archive.zip`,
    expires_at: expect.any(String),
    headers: {},
  });
  const lifeSeconds = (Date.parse(answer.expires_at) - Date.now()) / 1000;
  expect(Math.round(lifeSeconds / 3600)).toBe(12);
  for (const type of ['application/zip', 'application/x-zip-compressed', '']) {
    const put = await fetch(answer.signed_url, {
      method: 'PUT',
      body: new Blob(['PK'], { type }),
    });
    expect(put.status).toBe(200);
  }
});

test('the same for a video, which is a playlist of one', async () => {
  const { signed_url, playlist_id, video_id } = await signed({ file_name: 'Tour.mov' });
  const put = await fetch(signed_url, { method: 'PUT', body: new Uint8Array(bytesOf(1, 2000)) });
  expect(put.status).toBe(200);
  const response = await api.call('GET', `/api/playlists/${playlist_id}`);
  expect(await response.json()).toMatchObject({
    title: 'Tour',
    state: 'UNPACKED',
    videos: [{ videoId: video_id, status: 'UPLOADING' }],
  });
});

test('what the client says of its file is bound by the signature, and the answer names what to send', async () => {
  const { signed_url, headers } = await signed({
    file_name: 'bound.mp4',
    content_type: 'video/mp4',
    size_bytes: 2000,
    title: 'Bound',
  });
  expect(headers).toEqual({ 'Content-Type': 'video/mp4' });
  const send = (sizeBytes: number, type: string) =>
    fetch(signed_url, {
      method: 'PUT',
      headers: { 'content-type': type },
      body: new Uint8Array(bytesOf(1, sizeBytes)),
    });
  expect((await send(2001, 'video/mp4')).status).toBe(403);
  expect((await send(2000, 'text/html')).status).toBe(403);
  expect((await send(2000, 'video/mp4')).status).toBe(200);
});

test('the same file_name while it uploads signs the same key again', async () => {
  const first = await signed({ file_name: 'again.zip' });
  const second = await signed({ file_name: 'again.zip' });
  expect(second.key).toBe(first.key);
  const other = await api.call('POST', '/api/uploads/signed_url', {
    json: { file_name: 'again.zip' },
    scopes: ['admin'],
    as: randomUUID(),
  });
  expect(((await other.json()) as Signed).key).not.toBe(first.key);
});

test.each(['idem.zip', 'idem.mp4'])(
  'an Idempotency-Key makes %s once and signs it anew; when it has arrived there is nothing to sign',
  async (fileName) => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await signed({ file_name: fileName }, headers);
    const again = await ask({ file_name: fileName }, headers);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await again.json()) as Signed).toMatchObject({ key: first.key, playlist_id: first.playlist_id });
    expect((await problemOf(await ask({ file_name: `other-${fileName}` }, headers))).code).toBe(
      'idempotency_mismatch',
    );
    await runStatement(
      api.platform,
      "update playlists set state = 'UPLOADED' where id = ? and state = 'UPLOADING'",
      [first.playlist_id],
    );
    await runStatement(api.platform, "update upload_sessions set status = 'COMPLETED' where video_id = ?", [
      first.video_id,
    ]);
    expect((await problemOf(await ask({ file_name: fileName }, headers))).code).toBe('upload_closed');
  },
);

test('an owner without the scope is refused, and nobody without a token', async () => {
  expect(await problemOf(await ask({ file_name: 'a.zip' }, {}, []))).toMatchObject({
    status: 403,
    code: 'forbidden',
  });
  expect((await ask({ file_name: 'a.zip' }, {}, ['uploads:admin'])).status).toBe(200);
  const anonymous = await api.call('POST', '/api/uploads/signed_url', {
    json: { file_name: 'a.zip' },
    as: null,
  });
  expect((await problemOf(anonymous)).code).toBe('unauthenticated');
});

test.each<[object, number, string, string]>([
  [{}, 422, 'invalid_request', 'file_name'],
  [{ file_name: '' }, 422, 'invalid_request', 'file_name'],
  [{ file_name: 7 }, 422, 'invalid_request', 'file_name'],
  [{ file_name: 'x'.repeat(300) }, 422, 'invalid_request', 'file_name'],
  [{ file_name: 'a.zip', fileName: 'a.zip' }, 422, 'invalid_request', 'fileName'],
  [{ file_name: 'a.zip', title: '  ' }, 422, 'invalid_request', 'title'],
  [{ file_name: 'a.zip', size_bytes: -1 }, 422, 'invalid_request', 'size_bytes'],
  [{ file_name: 'a.zip', size_bytes: 4 * 1024 ** 3 + 1 }, 422, 'file_too_large', 'size_bytes'],
  [{ file_name: 'a.mp4', size_bytes: 4 * 1024 ** 3 + 1 }, 422, 'file_too_large', 'size_bytes'],
  [{ file_name: 'a.zip', size_bytes: 0 }, 422, 'empty_file', 'size_bytes'],
  [{ file_name: 'a.exe' }, 422, 'unsupported_format', 'file_name'],
  [{ file_name: 'a.mp4', content_type: 'text/html' }, 422, 'unsupported_format', 'file_name'],
])('%j is refused', async (json, status, code, field) => {
  const problem = await problemOf(await ask(json));
  expect(problem).toMatchObject({ status, code });
  expect(problem.errors.map((error) => error.field)).toContain(field);
});

test('a body that is no JSON, or not declared as such, is refused', async () => {
  const send = (body: string, type: string) =>
    api.call('POST', '/api/uploads/signed_url', {
      body,
      headers: { 'content-type': type },
      scopes: ['admin'],
    });
  expect((await problemOf(await send('{', 'application/json'))).code).toBe('malformed_json');
  expect((await problemOf(await send('a=b', 'text/plain'))).code).toBe('unsupported_media_type');
});
