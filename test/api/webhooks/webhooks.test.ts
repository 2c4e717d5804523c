import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openUpload, storePart, uploaded } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from '../test-api.ts';
import { signed } from './sign.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const UPLOADS = '/api/webhooks/uploads';
const TRANSCODING = '/api/webhooks/transcoding';
function send(path: string, event: object, options: { id?: string } = {}) {
  const body = JSON.stringify(event);
  return api.call('POST', path, { as: null, body, headers: signed(body, options) });
}

test('an upload event completes the upload as the client would, again and late as well', async () => {
  const { videoId, sessionId } = await openUpload(api);
  await storePart(api, sessionId);
  const event = {
    uploadSessionId: sessionId,
    videoId,
    status: 'COMPLETED',
    sourceFileKey: `videos/${videoId}/source.mp4`,
    sourceSizeBytes: 1000,
    sourceMime: 'video/mp4',
    somethingOfTheirs: { x: 1 },
  };
  for (let time = 0; time < 2; time += 1) {
    const response = await send(UPLOADS, event);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
  }
  expect((await bodyOf(await api.call('GET', `/api/videos/${videoId}`))).status).toBe('UPLOADED');
});

test('an event of a canceled upload is taken and changes nothing', async () => {
  const { videoId, sessionId } = await openUpload(api);
  await api.call('POST', `/api/uploads/${sessionId}/cancel`);
  expect((await send(UPLOADS, { uploadSessionId: sessionId, videoId })).status).toBe(204);
  expect((await bodyOf(await api.call('GET', `/api/videos/${videoId}`))).status).toBe('FAILED');
});

test('an upload event comes too early while parts are missing', async () => {
  const { videoId, sessionId } = await openUpload(api);
  const response = await send(UPLOADS, { uploadSessionId: sessionId, videoId });
  expect(response.status).toBe(409);
  expect((await problemOf(response)).code).toBe('parts_missing');
});

test('a transcode event goes into the inbox once, whatever its sender repeats', async () => {
  const { videoId } = await uploaded(api);
  const event = {
    videoId,
    status: 'READY',
    durationSeconds: 62.5,
    width: 1920,
    height: 1080,
    assets: [
      { type: 'HLS_MASTER', fileKey: `videos/${videoId}/hls/master.m3u8` },
      {
        type: 'HLS_RENDITION',
        quality: '1080p',
        bandwidth: 5000000,
        fileKey: `videos/${videoId}/hls/1080p/playlist.m3u8`,
      },
    ],
    theirs: true,
  };
  const id = `msg_${randomUUID()}`;
  for (let time = 0; time < 3; time += 1) expect((await send(TRANSCODING, event, { id })).status).toBe(204);
  const failed = { videoId, status: 'FAILED', failReason: 'TRANSCODE_ERROR' };
  expect((await send(TRANSCODING, failed)).status).toBe(204);
  const { em } = api.platform.context({ kind: 'system' });
  const [row] = await em.execute<{ count: string }[]>(
    'select count(*) from provider_events where video_id = ?',
    [videoId],
  );
  expect(Number(row?.count)).toBe(2);
});

test.each([
  [UPLOADS, () => ({ uploadSessionId: randomUUID(), videoId: randomUUID() })],
  [TRANSCODING, () => ({ videoId: randomUUID(), status: 'FAILED' })],
])('%s: an unknown video is 404', async (path, event) => {
  const response = await send(path, event());
  expect(response.status).toBe(404);
  expect((await problemOf(response)).code).toBe('video_not_found');
});

test.each([
  [UPLOADS, { uploadSessionId: 'x', videoId: randomUUID() }],
  [UPLOADS, { videoId: randomUUID() }],
  [TRANSCODING, { videoId: randomUUID() }],
  [TRANSCODING, { videoId: randomUUID(), status: 'DONE' }],
  [TRANSCODING, { videoId: randomUUID(), status: 'READY', assets: [{ type: 'HLS_MASTER' }] }],
  [TRANSCODING, { videoId: randomUUID(), status: 'READY', theirs: '\0' }],
])('%s refuses %j', async (path, event) => {
  expect((await send(path, event)).status).toBe(422);
});

test.each([UPLOADS, TRANSCODING])(
  '%s: nothing gets in without a signature over these bytes',
  async (path) => {
    const body = JSON.stringify({ videoId: randomUUID(), uploadSessionId: randomUUID(), status: 'FAILED' });
    const type = { 'Content-Type': 'application/json' };
    const attempts = [
      { body, headers: type },
      { body: `${body} `, headers: signed(body) },
      { body, headers: signed(body, { secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }) },
      { body, headers: signed(body, { at: new Date(Date.now() - 301_000) }) },
      // A user's token is no signature.
      { body, headers: type, as: api.ownerId, scopes: ['admin'] },
      // Unsigned junk learns nothing of our schemas.
      { body: '{', headers: type },
    ];
    for (const attempt of attempts) {
      const response = await api.call('POST', path, { as: null, ...attempt });
      expect(response.status).toBe(401);
      expect((await problemOf(response)).code).toBe('unauthenticated');
    }
  },
);

test.each([UPLOADS, TRANSCODING])('%s: signed junk is 400, and a signed flood 413', async (path) => {
  expect((await api.call('POST', path, { as: null, body: '{', headers: signed('{') })).status).toBe(400);
  const flood = JSON.stringify({ x: 'x'.repeat(600_000) });
  expect((await api.call('POST', path, { as: null, body: flood, headers: signed(flood) })).status).toBe(413);
  const text = { ...signed('{}'), 'Content-Type': 'text/plain' };
  expect((await api.call('POST', path, { as: null, body: '{}', headers: text })).status).toBe(415);
});
