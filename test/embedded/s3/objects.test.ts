import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { runServer } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';

const KEY = 'a/b c+é&<>.txt';

async function put(s3: S3Client, key: string, body = 'hello world') {
  return s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
}

async function textOf(s3: S3Client, key: string) {
  const answer = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return answer.Body?.transformToString();
}

test('an object comes back as it was put, with its headers and metadata', async () => {
  const { s3 } = await runServer();
  const { ETag } = await s3.send(
    new PutObjectCommand({
      Bucket: BUCKET,
      Key: KEY,
      Body: 'hello world',
      ContentType: 'text/plain',
      CacheControl: 'max-age=5',
      Metadata: { x: 'y' },
    }),
  );
  expect(ETag).toBe('"5eb63bbbe01eeed093cb22bb8f5acdc3"');
  const answer = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY }));
  expect(await answer.Body?.transformToString()).toBe('hello world');
  expect(answer).toMatchObject({
    ETag,
    ContentLength: 11,
    ContentType: 'text/plain',
    CacheControl: 'max-age=5',
    Metadata: { x: 'y' },
    AcceptRanges: 'bytes',
  });
});

test('a missing object is NoSuchKey to GET and 404 to HEAD; a missing bucket is NoSuchBucket', async () => {
  const { s3 } = await runServer();
  await expect(textOf(s3, 'nope')).rejects.toMatchObject({ name: 'NoSuchKey' });
  const head = s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'nope' }));
  await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  const elsewhere = s3.send(new GetObjectCommand({ Bucket: 'elsewhere', Key: 'nope' }));
  await expect(elsewhere).rejects.toMatchObject({ name: 'NoSuchBucket' });
  await s3.send(new HeadBucketCommand({ Bucket: BUCKET }));
});

test.each([
  ['bytes=0-4', 'hello', 'bytes 0-4/11'],
  ['bytes=6-', 'world', 'bytes 6-10/11'],
  ['bytes=-5', 'world', 'bytes 6-10/11'],
  ['bytes=-50', 'hello world', 'bytes 0-10/11'],
  ['bytes=10-99', 'd', 'bytes 10-10/11'],
])('the range %s gives those bytes', async (Range, body, contentRange) => {
  const { s3 } = await runServer();
  await put(s3, 'o');
  const answer = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'o', Range }));
  expect(answer.$metadata.httpStatusCode).toBe(206);
  expect(await answer.Body?.transformToString()).toBe(body);
  expect(answer.ContentRange).toBe(contentRange);
});

test('a range beyond the object is 416, one that cannot be read is ignored', async () => {
  const { s3 } = await runServer();
  await put(s3, 'o');
  for (const Range of ['bytes=11-', 'bytes=-0'])
    await expect(s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'o', Range }))).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    });
  for (const Range of ['bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2']) {
    const answer = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'o', Range }));
    expect(answer.ContentLength).toBe(11);
    answer.Body?.transformToString();
  }
});

test('an empty object can be put and read', async () => {
  const { s3 } = await runServer();
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'empty', Body: Buffer.alloc(0) }));
  expect(await textOf(s3, 'empty')).toBe('');
});

test('If-None-Match: * and If-Match guard a PUT', async () => {
  const { s3 } = await runServer();
  const { ETag } = await put(s3, 'o');
  const write = (condition: { IfNoneMatch?: string; IfMatch?: string }, key = 'o') =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: 'new', ...condition }));
  await expect(write({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(write({ IfMatch: '"0123"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(write({ IfMatch: '"0123"' }, 'absent')).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await textOf(s3, 'o')).toBe('hello world');
  await write({ IfMatch: ETag ?? '' });
  await write({ IfNoneMatch: '*' }, 'fresh');
  expect(await textOf(s3, 'o')).toBe('new');
});

test('reads honour If-Match with and without quotes, If-None-Match and dates', async () => {
  const { s3 } = await runServer();
  const ETag = (await put(s3, 'o')).ETag ?? '';
  const head = (condition: Partial<ConstructorParameters<typeof HeadObjectCommand>[0]>) =>
    s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'o', ...condition }));
  const past = new Date(Date.now() - 60_000);
  const future = new Date(Date.now() + 60_000);
  await head({ IfMatch: ETag });
  await head({ IfMatch: ETag.replaceAll('"', '') });
  await head({ IfMatch: ETag, IfUnmodifiedSince: past });
  await head({ IfNoneMatch: '"other"', IfModifiedSince: future });
  for (const condition of [{ IfMatch: '"other"' }, { IfUnmodifiedSince: past }])
    await expect(head(condition)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  for (const condition of [{ IfNoneMatch: ETag }, { IfModifiedSince: future }])
    await expect(head(condition)).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
});

test('a signed URL can say how the object is presented', async () => {
  const { s3 } = await runServer();
  await put(s3, 'o');
  const name = 'attachment; filename="é.mp4"';
  const command = new GetObjectCommand({ Bucket: BUCKET, Key: 'o', ResponseContentDisposition: name });
  const answer = await fetch(await getSignedUrl(s3, command), { headers: { range: 'bytes=0-1' } });
  expect(answer.status).toBe(206);
  expect(await answer.text()).toBe('he');
  expect(Buffer.from(answer.headers.get('content-disposition') ?? '', 'latin1').toString()).toBe(name);
});

test('keys are opaque: dots, slashes and long segments are kept and nothing leaves the directory', async () => {
  const { s3, dir } = await runServer();
  const keys = [
    '../../evil',
    '..',
    './x',
    'a//b',
    'a',
    'a/b',
    '/lead',
    'trail/',
    'x'.repeat(1024),
    '__proto__',
  ];
  for (const key of keys) await put(s3, key, `body of ${key}`);
  for (const key of keys) expect(await textOf(s3, key)).toBe(`body of ${key}`);
  const fs = await import('node:fs');
  expect(fs.existsSync(`${dir}/../../evil`)).toBe(false);
  await expect(put(s3, 'x'.repeat(1025))).rejects.toMatchObject({ name: 'KeyTooLongError' });
});

test('deleting one or many is no error for what is not there, and more than 1000 are refused', async () => {
  const { s3 } = await runServer();
  for (const key of ['one', 'two & <three>', ' spaces ']) await put(s3, key);
  const Objects = ['one', 'two & <three>', ' spaces ', 'never'].map((Key) => ({ Key }));
  const many = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
  expect(many.Deleted).toHaveLength(4);
  for (const { Key } of Objects) await expect(textOf(s3, Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  const quiet = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects, Quiet: true } }));
  expect(quiet.Deleted).toBeUndefined();
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'one' }));

  await put(s3, 'key-1');
  const remove = (count: number) =>
    s3.send(
      new DeleteObjectsCommand({
        Bucket: BUCKET,
        Delete: { Objects: Array.from({ length: count }, (_, index) => ({ Key: `key-${index}` })) },
      }),
    );
  await expect(remove(1001)).rejects.toMatchObject({ name: 'MalformedXML' });
  expect(await textOf(s3, 'key-1')).toBe('hello world');
  expect((await remove(1000)).Deleted).toHaveLength(1000);
});

test('what the server does not speak is refused, not ignored', async () => {
  const { s3 } = await runServer();
  const write = (extra: Partial<ConstructorParameters<typeof PutObjectCommand>[0]>) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'o', Body: 'x', ...extra }));
  await expect(write({ ACL: 'public-read' })).rejects.toMatchObject({
    name: 'AccessControlListNotSupported',
  });
  for (const extra of [{ Tagging: 'a=b' }, { StorageClass: 'GLACIER' as const }, { SSEKMSKeyId: 'k' }])
    await expect(write(extra)).rejects.toMatchObject({ name: 'NotImplemented' });
  await expect(
    s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'o', VersionId: 'v' })),
  ).rejects.toMatchObject({ name: 'NotImplemented' });
});
