import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { runServer } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';

async function putAll(s3: S3Client, keys: readonly string[]) {
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
}

async function allPages(s3: S3Client, input: Omit<ListObjectsV2CommandInput, 'Bucket'>) {
  const entries: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: BUCKET, ...input, ...(token && { ContinuationToken: token }) }),
    );
    expect(page.KeyCount).toBeLessThanOrEqual(input.MaxKeys ?? 1000);
    entries.push(...(page.Contents ?? []).map((object) => object.Key));
    entries.push(...(page.CommonPrefixes ?? []).map((common) => common.Prefix));
    token = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(token !== undefined);
  } while (token !== undefined);
  return entries;
}

test('objects are listed in the order of their UTF-8 bytes, in pages, each once', async () => {
  const { s3 } = await runServer();
  const keys = ['\u{1f600}', 'ﬁ', 'a', 'B', 'a/1', 'a/2', 'a-', 'é', 'z'];
  await putAll(s3, keys);
  const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const MaxKeys of [1, 2, 4, 1000]) expect(await allPages(s3, { MaxKeys })).toEqual(expected);
});

test('keys below a delimiter are rolled up, across pages too', async () => {
  const { s3 } = await runServer();
  await putAll(s3, ['a/1', 'a/2', 'a/b/3', 'b', 'c/4', 'c/5', 'd']);
  for (const MaxKeys of [1, 2, 3, 1000]) {
    const entries = await allPages(s3, { Delimiter: '/', MaxKeys });
    expect(entries.sort()).toEqual(['a/', 'b', 'c/', 'd']);
    const below = await allPages(s3, { Prefix: 'a/', Delimiter: '/', MaxKeys });
    expect(below.sort()).toEqual(['a/1', 'a/2', 'a/b/']);
  }
});

test('start-after, a prefix with a surrogate pair, and keys XML cannot hold', async () => {
  const { s3 } = await runServer();
  await putAll(s3, ['a', 'b', '\u{1f600}x', '\u{1f601}', 'tab\tand\u0001control']);
  expect(await allPages(s3, { StartAfter: 'a', Prefix: 'b' })).toEqual(['b']);
  expect(await allPages(s3, { Prefix: '\u{1f600}' })).toEqual(['\u{1f600}x']);
  const encoded = await allPages(s3, { Prefix: 'tab', EncodingType: 'url' });
  expect(encoded).toEqual(['tab%09and%01control']);
});

test('max-keys 0 lists nothing and is not truncated; nonsense is refused', async () => {
  const { s3 } = await runServer();
  await putAll(s3, ['a']);
  const none = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, MaxKeys: 0 }));
  expect(none).toMatchObject({ KeyCount: 0, MaxKeys: 0, IsTruncated: false });
  for (const input of [{ MaxKeys: -1 }, { ContinuationToken: 'no token!' }])
    await expect(s3.send(new ListObjectsV2Command({ Bucket: BUCKET, ...input }))).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
});

test('the first version of the listing pages by marker', async () => {
  const { s3 } = await runServer();
  await putAll(s3, ['a/1', 'a/2', 'b', 'c']);
  const list = (input: { Marker?: string }) =>
    s3.send(new ListObjectsCommand({ Bucket: BUCKET, Delimiter: '/', MaxKeys: 1, ...input }));
  const first = await list({});
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'a/', CommonPrefixes: [{ Prefix: 'a/' }] });
  expect((await list({ Marker: 'a/' })).Contents?.[0]?.Key).toBe('b');
});

test('unfinished uploads are listed in pages, by key and age, with the prefix echoed', async () => {
  const { s3 } = await runServer();
  const keys = ['p/a', 'p/a', 'p/b', 'q'];
  for (const Key of keys) await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
  for (const MaxUploads of [1, 2, 3, 1000]) {
    const seen: { key: string | undefined; id: string | undefined }[] = [];
    let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page = await s3.send(
        new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: 'p/', MaxUploads, ...markers }),
      );
      expect(page).toMatchObject({ Prefix: 'p/', MaxUploads: Math.min(MaxUploads, 1000) });
      expect(page.Uploads?.length).toBeLessThanOrEqual(MaxUploads);
      seen.push(...(page.Uploads ?? []).map((upload) => ({ key: upload.Key, id: upload.UploadId })));
      if (!page.IsTruncated) break;
      markers = {
        ...(page.NextKeyMarker && { KeyMarker: page.NextKeyMarker }),
        ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }),
      };
    }
    expect(seen.map(({ key }) => key)).toEqual(['p/a', 'p/a', 'p/b']);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(3);
  }
  const rolled = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, Delimiter: '/' }));
  expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'p/' }]);
  const after = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET, KeyMarker: 'p/a' }));
  expect(after.Uploads?.map((upload) => upload.Key)).toEqual(['p/b', 'q']);
});
