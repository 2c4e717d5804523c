import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedApi, serveTestApi } from '#test/api/processor/served-api.ts';

let served: ServedApi;
beforeAll(async () => {
  served = await serveTestApi();
});
afterAll(() => served.close());

test('a file whose name has a NUL is refused by its name, and leaves no video', async () => {
  const owner = randomUUID();
  const part = 'Content-Disposition: form-data; name="file"; filename="a\0b.mp4"\r\nContent-Type: video/mp4';
  const response = await served.post(Buffer.from(`--B\r\n${part}\r\n\r\n${'x'.repeat(5000)}\r\n--B--\r\n`), {
    headers: { 'Content-Type': 'multipart/form-data; boundary=B' },
    owner,
  });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    code: 'invalid_request',
    errors: [{ field: 'file', message: 'must be valid Unicode text without NUL' }],
  });
  expect(await served.videosOf(owner)).toEqual([]);
});
