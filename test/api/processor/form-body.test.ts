import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf } from '../test-api.ts';
import { type ServedApi, type ShownJob, serveTestApi, statusOf } from './served-api.ts';

const MAX_BYTES = 300_000;

let served: ServedApi;
beforeAll(async () => {
  const policies = { signer: { maxSizeBytes: MAX_BYTES } };
  served = await serveTestApi({ env: { UPLOAD_POLICIES: JSON.stringify(policies) } });
});
afterAll(() => served?.close());

const video = (name = 'Holiday.mp4', type = 'video/mp4', size = 20_000) =>
  new File([new Uint8Array(randomBytes(size))], name, { type });
const form = (...parts: [name: string, value: string | File][]) => {
  const data = new FormData();
  for (const [name, value] of parts) data.append(name, value);
  return data;
};
const taken = async (response: Response) => {
  expect(response.status).toBe(202);
  return (await response.json()) as ShownJob;
};

test('a form with title, description and a file of any name is taken, the file byte by byte', async () => {
  const file = video();
  const data = form(['title', 'Größe'], ['description', 'By the sea'], ['anything', file]);
  const job = await taken(await served.post(data));
  expect(job).toMatchObject({ title: 'Größe', description: 'By the sea', status: 'queued' });
  const [key = ''] = await served.stored(job.jobId);
  const stored = await served.api.platform.context({ kind: 'system' }).storage.sources.get(key);
  expect(Buffer.concat(await stored.body.toArray()).equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
});

test('fields behind the file count as well, and without a title it is the name of the file', async () => {
  const late = await taken(
    await served.post(form(['file', video()], ['title', 'Late'], ['description', 'too'])),
  );
  expect(late).toMatchObject({ title: 'Late', description: 'too' });
  expect((await taken(await served.post(form(['file', video()])))).title).toBe('Holiday.mp4');
});

test('only the first file counts', async () => {
  const job = await taken(await served.post(form(['a', video('first.mp4')], ['b', video('second.mp4')])));
  expect(job.title).toBe('first.mp4');
});

test('a file without a type of its own is judged by its name', async () => {
  await taken(await served.post(form(['file', video('a.MKV', 'application/octet-stream')])));
  const refused = await served.post(form(['file', video('a.exe', 'application/octet-stream')]));
  expect((await problemOf(refused)).code).toBe('unsupported_media_type');
});

test.each([
  ['no file', form(['title', 'x']), 422, 'invalid_request', 'file'],
  ['an empty file', form(['file', video('a.mp4', 'video/mp4', 0)]), 422, 'empty_file', 'file'],
  ['an unknown field', form(['colour', 'red'], ['file', video()]), 422, 'invalid_request', 'colour'],
  [
    'an unknown field behind the file',
    form(['file', video()], ['colour', 'red']),
    422,
    'invalid_request',
    'colour',
  ],
  ['an empty title', form(['title', ' '], ['file', video()]), 422, 'invalid_request', 'title'],
  ['NUL in the title', form(['title', 'a\0'], ['file', video()]), 422, 'invalid_request', 'title'],
  [
    'a title without end',
    form(['title', 'x'.repeat(30_000)], ['file', video()]),
    422,
    'invalid_request',
    'title',
  ],
])('%s is refused and named, and nothing stays in storage', async (_, data, status, code, field) => {
  const owner = randomUUID();
  const problem = await problemOf(await served.post(data, { owner }));
  expect([problem.status, problem.code, problem.errors[0]?.field]).toEqual([status, code, field]);
  for (const { id, status: state } of await served.videosOf(owner)) {
    expect(state).toBe('FAILED');
    expect(await served.stored(id)).toEqual([]);
  }
});

test('a form that is none, or has no boundary, is refused', async () => {
  const type = (value: string) => ({ headers: { 'Content-Type': value } });
  const text = new TextEncoder().encode('hello world');
  expect((await served.post(text, type('multipart/form-data'))).status).toBe(415);
  const problem = await problemOf(await served.post(text, type('multipart/form-data; boundary=x')));
  expect([problem.status, problem.errors[0]?.field]).toEqual([422, 'form']);
});

test('a file in a form that is too large is 413, and so is whatever is sent behind it', async () => {
  const large = await served.post(form(['file', video('a.mp4', 'video/mp4', MAX_BYTES + 1)]));
  expect((await problemOf(large)).code).toBe('body_too_large');
  const owner = randomUUID();
  const more = form(['file', video()], ['second', video('b.mp4', 'video/mp4', 2 * 1024 ** 2)]);
  expect((await served.post(more, { owner })).status).toBe(413);
});

const BOUNDARY = 'x'.repeat(20);
const OPENED = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n`;

test.each([
  ['in the file', OPENED + 'x'.repeat(100_000), true],
  ['behind the file, before the form has ended', `${OPENED}${'x'.repeat(1000)}\r\n--${BOUNDARY}\r\n`, true],
  ['by ending the request without a last boundary', OPENED + 'x'.repeat(1000), false],
])('a form that breaks off %s leaves a FAILED video and nothing in storage', async (_, body, hangUp) => {
  const owner = randomUUID();
  const head = [
    `Authorization: ${await served.authorization(owner)}`,
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${hangUp ? 200_000 : body.length}`,
    'Connection: close',
  ];
  const answer = await served.exchange(head, body, { hangUp });
  if (!hangUp) expect(statusOf(answer)).toBe(422);
  const { id, fail_reason } = await served.ended(owner);
  expect(fail_reason).toBe('UPLOAD_CANCELED');
  expect(await served.stored(id)).toEqual([]);
});

test('a repetition of a form under one Idempotency-Key makes one video, whatever its boundary', async () => {
  const request = { owner: randomUUID(), headers: { 'Idempotency-Key': 'form' } };
  const file = video();
  const first = await taken(await served.post(form(['file', file]), request));
  const again = await taken(await served.post(form(['file', file]), request));
  expect(again.jobId).toBe(first.jobId);
});
