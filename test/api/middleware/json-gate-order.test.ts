import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { createTestPlatform, type TestPlatform } from '#test/support/platform.ts';

let platform: TestPlatform;
let app: ReturnType<typeof createApi>;
let authorization: string;
beforeAll(async () => {
  platform = await createTestPlatform();
  app = createApi(platform);
  authorization = `Bearer ${await platform.token('0b7c3f4e-3c4c-4f0e-9a55-5b8d1a0c2e3f')}`;
});
afterAll(() => platform.close());

test('a file that is sent without its type hears of the type, not of its length', async () => {
  const body = new Uint8Array(100_000);
  const headers = {
    authorization,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': '100000',
  };
  const answer = await app.request('/api/videos', { method: 'POST', headers, body });
  expect(answer.status).toBe(415);
  const { detail } = (await answer.json()) as { detail: string };
  expect(detail).toContain('application/x-www-form-urlencoded');
  expect(detail).toContain('video/mp4');
});

test('JSON that is too long hears of its length', async () => {
  const headers = { authorization, 'content-type': 'application/json', 'content-length': '100000' };
  const answer = await app.request('/api/videos', { method: 'POST', headers, body: new Uint8Array(100_000) });
  expect(answer.status).toBe(413);
});
