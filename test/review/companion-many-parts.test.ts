import { afterAll, beforeAll, expect, test } from 'vitest';
import { begun, createCompanionApi, granted, uppy } from '#test/api/companion/companion-api.ts';
import { problemOf, type TestApi } from '#test/api/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createCompanionApi();
});
afterAll(() => api.close());

test('ten thousand parts with their ETags are not too many to complete an upload with', async () => {
  const { token } = await granted(api);
  const upload = await begun(api, token);
  const parts = Array.from({ length: 10_000 }, (_, i) => ({
    PartNumber: i + 1,
    ETag: `"${'a'.repeat(32)}"`,
  }));
  const refused = await problemOf(await uppy(api, 'POST', upload.at('/complete'), { parts }));
  expect(refused.code).toBe('parts_missing');
});
