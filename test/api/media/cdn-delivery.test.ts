import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purgeVideo } from '#domain/video/purge-video.ts';
import { publish, runStatement, uploaded } from '../pipeline-steps.ts';
import { bodyOf, createTestApi, type TestApi, type TestRequest } from '../test-api.ts';

const FILES = { 'master.m3u8': '#EXTM3U\n', '720p/playlist.m3u8': '#EXTM3U\n#EXT-X-ENDLIST\n' };
const PAGE = 'https://app.example';

describe.each([
  {
    DELIVERY: 'cloudfront',
    CDN: 'https://d111111abcdef8.cloudfront.net',
    env: {
      CLOUDFRONT_URL: 'https://d111111abcdef8.cloudfront.net/',
      CLOUDFRONT_DISTRIBUTION_ID: 'E2EXAMPLE',
    },
  },
  {
    DELIVERY: 'spaces-cdn',
    CDN: 'https://media.example.com',
    env: {
      SPACES_CDN_URL: 'https://media.example.com',
      SPACES_CDN_ENDPOINT_ID: '19f06b6a-3ace-4315-b086-499a0e521b76',
      SPACES_CDN_TOKEN: 'dop_v1_0123456789abcdef',
    },
  },
])('with DELIVERY=$DELIVERY', ({ DELIVERY, CDN, env }) => {
  let api: TestApi;
  let videoId: string;
  let stream: string;
  let poster: string;
  const invalidated: string[] = [];

  beforeAll(async () => {
    api = await createTestApi({
      env: { DELIVERY, ...env, CORS_ORIGINS: PAGE },
      replace: ({ delivery }) => ({
        delivery: { ...delivery, invalidate: async (prefix) => void invalidated.push(prefix) },
      }),
    });
    ({ videoId } = await uploaded(api));
    const prefix = await publish(api, videoId, FILES);
    const posterKey = `videos/${videoId}/poster/${'0'.repeat(32)}/poster.jpg`;
    await runStatement(api.platform, 'update videos set poster_key = ? where id = ?', [posterKey, videoId]);
    stream = `${CDN}/${prefix}master.m3u8`;
    poster = `${CDN}/${posterKey}`;
  });
  afterAll(() => api?.close());

  const read = async (path: string, request: TestRequest = {}) =>
    bodyOf(await api.call('GET', path, request));

  test('every contract sends players to the CDN', async () => {
    expect(await read(`/api/videos/${videoId}`)).toMatchObject({
      playback: { ready: true, streamUrl: stream },
      posterUrl: poster,
    });
    expect(await read(`/api/v1/videos/${videoId}`)).toMatchObject({ playback_url: stream });
    expect(await read(`/video/${videoId}`)).toMatchObject({ playbackUrl: stream });
    expect(await read(`/watch/${videoId}.json`, { as: null })).toMatchObject({
      streamUrl: stream,
      posterUrl: poster,
    });
    expect((await read('/api/videos')).items).toMatchObject([{ posterUrl: poster }]);
  });

  test('the job of the processor contract names the CDN, and its addresses lead there from any page', async () => {
    await runStatement(api.platform, "update videos set created_via = 'processor' where id = ?", [videoId]);
    expect(await read(`/api/videos/${videoId}`)).toMatchObject({ manifestUrl: stream });
    for (const [file, address] of [
      ['master.m3u8', stream],
      ['poster.jpg', poster],
    ] as const) {
      const headers = { Origin: 'https://somewhere.example' };
      const response = await api.call('GET', `/media/${videoId}/${file}`, { as: null, headers });
      expect([response.status, response.headers.get('location')]).toEqual([302, address]);
      // Behind a redirect to another origin a browser is no origin's: only `*` lets it in, here and at the CDN.
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  test('the API itself serves no media', async () => {
    const path = `/media/${stream.slice(CDN.length + 1)}`;
    expect((await api.call('GET', path, { as: null })).status).toBe(404);
  });

  test('the watch page may load media from the CDN and from nowhere else', async () => {
    const response = await api.call('GET', `/watch/${videoId}`, { as: null });
    const policy = Object.fromEntries(
      (response.headers.get('content-security-policy') ?? '').split('; ').map((rule) => {
        const [name = '', ...sources] = rule.split(' ');
        return [name, sources];
      }),
    );
    expect(policy['connect-src']).toEqual(["'self'", CDN]);
    expect(policy['media-src']).toEqual(["'self'", 'blob:', CDN]);
    expect(policy['img-src']).toEqual(["'self'", 'data:', CDN]);
    expect(policy['script-src']).toEqual(["'self'"]);
    expect(await response.text()).toContain(`src="${poster}"`);
  });

  test('a takedown reaches the CDN with everything that the video has there', async () => {
    const gone = (await uploaded(api)).videoId;
    await publish(api, gone, FILES);
    expect((await api.call('DELETE', `/api/videos/${gone}`)).status).toBeLessThan(300);
    await purgeVideo(api.platform.context({ kind: 'system' }), { videoId: gone });
    expect(invalidated).toContain(`videos/${gone}/`);
    expect((await api.call('GET', `/watch/${gone}.json`, { as: null })).status).toBe(404);
  });
});
