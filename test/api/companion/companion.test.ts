import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { problemOf, type TestApi } from '#test/api/test-api.ts';
import { type GateName, type Gates, gated } from '#test/domain/gated-store.ts';
import { waitFor } from '#test/support/conditions.ts';
import {
  type Begun,
  begun,
  createCompanionApi,
  granted,
  MIB,
  someBytes,
  storePart,
  uppy,
  videoRow,
} from './companion-api.ts';

const gates: Gates = {};
let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await createCompanionApi({
    replace: ({ storage, settings }) => ({
      storage: { ...storage, sources: gated(storage.sources, gates) },
      settings: {
        ...settings,
        get completionAnswerSeconds() {
          return gates.completeMultipart ? 0.1 : 20;
        },
      },
    }),
  });
  ({ token } = await granted(api, { uploads: 100 }));
});
afterAll(() => api.close());
afterEach(() => {
  for (const name of Object.keys(gates)) delete gates[name as GateName];
});

interface ListedPart {
  readonly PartNumber: number;
  readonly Size: number;
  readonly ETag: string;
}
const listed = async (upload: Begun) => {
  const response = await uppy(api, 'GET', upload.at());
  expect(response.status).toBe(200);
  return (await response.json()) as ListedPart[];
};
const complete = (upload: Begun, parts: unknown[]) => uppy(api, 'POST', upload.at('/complete'), { parts });

/** Two parts by Uppy's own least size and a shorter last one. */
async function threeParts(upload: Begun) {
  const bodies = [someBytes(5 * MIB), someBytes(5 * MIB), someBytes(1000)];
  const parts = [];
  for (const [i, body] of bodies.entries()) parts.push(await storePart(api, upload, i + 1, body));
  return { parts, file: Buffer.concat(bodies) };
}

test('an upload from its beginning to its end, cut as Uppy cuts it', async () => {
  const upload = await begun(api, token, { title: 'Tour' });
  const begunRow = await videoRow(api, upload.key);
  expect(begunRow).toMatchObject({
    owner_id: api.ownerId,
    title: 'Tour',
    status: 'UPLOADING',
    created_via: 'companion',
    policy: 'direct',
    provider: 'S3_MULTIPART',
    size_bytes: null,
  });
  expect(await listed(upload)).toEqual([]);
  const { parts, file } = await threeParts(upload);
  const stored = await listed(upload);
  expect(stored.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, 5 * MIB],
    [2, 5 * MIB],
    [3, 1000],
  ]);
  expect(stored.map(({ ETag }) => ETag)).toEqual(parts.map(({ ETag }) => ETag));
  const response = await complete(upload, parts);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    location: `http://localhost:4000/watch/${upload.key}`,
    key: upload.key,
    bucket: 'sluice',
  });
  const row = await videoRow(api, upload.key);
  expect(row).toMatchObject({ status: 'UPLOADED', session_status: 'COMPLETED' });
  const { sources } = api.platform.context({ kind: 'system' }).storage;
  const { body } = await sources.get(String(row.source_file_key));
  expect(Buffer.concat(await body.toArray()).equals(file)).toBe(true);
  // The answer may have been lost: all of it is there to be asked again.
  expect(await listed(upload)).toEqual(stored);
  expect((await complete(upload, parts)).status).toBe(200);
  expect(await (await uppy(api, 'DELETE', upload.at())).json()).toEqual({});
  expect(await videoRow(api, upload.key)).toMatchObject({ status: 'UPLOADED' });
  const late = await uppy(api, 'GET', upload.at('/1'));
  expect((await problemOf(late)).code).toBe('upload_closed');
});

test('ETags come quoted, bare, mixed or not at all', async () => {
  const upload = await begun(api, token);
  const { parts } = await threeParts(upload);
  const [first, second, third] = parts.map(({ ETag }) => ETag);
  const mixed = [
    { PartNumber: 1, ETag: first },
    { PartNumber: '2', ETag: second?.replaceAll('"', '') },
    { PartNumber: 3, ETag: third ? null : undefined },
  ];
  expect((await complete(upload, mixed)).status).toBe(200);
});

test('URLs of several parts in one answer, and how long one lives', async () => {
  const upload = await begun(api, token);
  const one = (await (await uppy(api, 'GET', upload.at('/7'))).json()) as { url: string; expires: number };
  expect(one.url).toContain('partNumber=7');
  expect(one.expires).toBeGreaterThan(880);
  expect(one.expires).toBeLessThanOrEqual(900);
  const path = `${upload.at('/batch')}&partNumbers=1,2,10`;
  const { presignedUrls } = (await (await uppy(api, 'GET', path)).json()) as {
    presignedUrls: Record<string, string>;
  };
  expect(Object.keys(presignedUrls)).toEqual(['1', '2', '10']);
  expect(presignedUrls['10']).toContain('partNumber=10');
});

test('an application that says size and part size has both signed, and what is whole completes by itself', async () => {
  const upload = await begun(api, token, { size: 5 * MIB + 10, partSize: String(5 * MIB) });
  expect(Number((await videoRow(api, upload.key)).size_bytes)).toBe(5 * MIB + 10);
  await storePart(api, upload, 1, someBytes(5 * MIB));
  await expect(storePart(api, upload, 2, someBytes(11))).rejects.toThrow('403');
  expect((await problemOf(await uppy(api, 'GET', upload.at('/3')))).code).toBe('part_out_of_range');
  await storePart(api, upload, 2, someBytes(10));
  expect((await complete(upload, [])).status).toBe(200);
});

describe('nothing short of the file is accepted', () => {
  test('a part that the client names is not there', async () => {
    const upload = await begun(api, token);
    const { parts } = await threeParts(upload);
    const named = [...parts, { PartNumber: 4, ETag: '"x"' }];
    const refused = await problemOf(await complete(upload, named));
    expect(refused).toMatchObject({ code: 'parts_missing', missing: '4', message: refused.detail });
    expect((await complete(upload, parts)).status).toBe(200);
  });

  test('less is there than was announced', async () => {
    const upload = await begun(api, token, { size: 11 * MIB });
    const { parts } = await threeParts(upload);
    expect((await problemOf(await complete(upload, parts))).code).toBe('parts_missing');
    expect(await videoRow(api, upload.key)).toMatchObject({ status: 'UPLOADING' });
  });

  test('other bytes than the client sent', async () => {
    const upload = await begun(api, token);
    const { parts } = await threeParts(upload);
    const wrong = parts.map((part) => (part.PartNumber === 2 ? { ...part, ETag: '"00"' } : part));
    expect((await problemOf(await complete(upload, wrong))).code).toBe('parts_mismatch');
  });
});

test('storage that joins for longer than a request may last: the client is done, we are not', async () => {
  const upload = await begun(api, token);
  const parts = [await storePart(api, upload, 1, someBytes(1000))];
  const { promise: joined, resolve } = Promise.withResolvers<void>();
  gates.completeMultipart = () => joined;
  const response = await complete(upload, parts);
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ key: upload.key });
  resolve();
  await waitFor('the upload to be complete', async () => {
    const { session_status: status } = await videoRow(api, upload.key);
    return status === 'COMPLETED';
  });
});

test('cancelling ends it, again and again; it never comes back', async () => {
  const upload = await begun(api, token);
  const part = await storePart(api, upload, 1, someBytes(10));
  for (let n = 0; n < 2; n += 1) {
    const response = await uppy(api, 'DELETE', upload.at());
    expect([response.status, await response.json()]).toEqual([200, {}]);
  }
  expect(await videoRow(api, upload.key)).toMatchObject({ status: 'FAILED', fail_reason: 'UPLOAD_CANCELED' });
  expect((await problemOf(await complete(upload, [part]))).code).toBe('upload_closed');
});

test('a single PUT is refused in words that say what to set', async () => {
  const response = await uppy(api, 'GET', `/uppy/${token}/s3/params?filename=a.mp4&type=video%2Fmp4`);
  const problem = await problemOf(response);
  expect([problem.status, problem.message]).toEqual([
    422,
    'This server takes files in parts: set shouldUseMultipart to true',
  ]);
});
