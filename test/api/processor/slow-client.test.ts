import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedApi, serveTestApi, statusOf } from './served-api.ts';

let served: ServedApi;
beforeAll(async () => {
  // Five seconds of these are kept for the answer.
  served = await serveTestApi({
    replace: ({ settings }) => ({ settings: { ...settings, maxRequestSeconds: 6 } }),
  });
});
afterAll(() => served?.close());

test('a body that does not come in time is refused before the connection is cut, with the way to send parts', async () => {
  const owner = randomUUID();
  const head = [
    `Authorization: ${await served.authorization(owner)}`,
    'Content-Type: video/mp4',
    'Content-Length: 200000',
    'Connection: close',
  ];
  const answer = await served.exchange(head, 'x'.repeat(100_000));
  expect(statusOf(answer)).toBe(413);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    code: 'body_too_large',
    maxSeconds: 1,
    startUpload: '/api/videos/{videoId}/uploads',
  });
  const { id, fail_reason } = await served.ended(owner);
  expect(fail_reason).toBe('UPLOAD_CANCELED');
  expect(await served.stored(id)).toEqual([]);
});
