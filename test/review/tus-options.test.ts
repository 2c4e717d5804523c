import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { createTestPlatform, type TestPlatform } from '#test/support/platform.ts';

let platform: TestPlatform;
let app: ReturnType<typeof createApi>;
beforeAll(async () => {
  platform = await createTestPlatform();
  app = createApi(platform);
});
afterAll(() => platform.close());

test('OPTIONS of the whole service tells a tus client what it speaks', async () => {
  const answer = await app.request('/api/tus', { method: 'OPTIONS' });
  expect(answer.status).toBe(204);
  expect(answer.headers.get('tus-version')).toBe('1.0.0');
  expect(answer.headers.get('tus-extension')?.split(',')).toEqual(
    expect.arrayContaining([
      'creation',
      'creation-with-upload',
      'creation-defer-length',
      'expiration',
      'termination',
      'checksum',
    ]),
  );
  expect(answer.headers.get('tus-extension')).not.toContain('concatenation');
});

test('a path without a word of its own on OPTIONS still answers with its methods', async () => {
  const answer = await app.request('/api/videos', { method: 'OPTIONS' });
  expect(answer.status).toBe(204);
  expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
});

test('pages of another origin may read the id of the video that a tus upload became', async () => {
  const answer = await app.request('/health/live', { headers: { origin: 'https://app.example.com' } });
  expect(answer.headers.get('access-control-expose-headers')?.split(',')).toContain('Sluice-Video-Id');
});
