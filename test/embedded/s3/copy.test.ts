import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { runServer } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';

async function withSource() {
  const running = await runServer({ buckets: [BUCKET, 'sources'] });
  const Key = 'a b/é+.mp4';
  const Metadata = { kept: 'yes' };
  const { ETag } = await running.s3.send(
    new PutObjectCommand({ Bucket: 'sources', Key, Body: 'bytes', ContentType: 'video/mp4', Metadata }),
  );
  const CopySource = `/sources/${encodeURIComponent(Key)}`;
  const copy = (extra: Partial<ConstructorParameters<typeof CopyObjectCommand>[0]> = {}) =>
    running.s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource, ...extra }));
  return { ...running, copy, CopySource, Key, ETag };
}

test('a copy carries bytes, ETag and metadata across buckets; REPLACE brings its own', async () => {
  const { s3, copy, ETag } = await withSource();
  expect((await copy()).CopyObjectResult?.ETag).toBe(ETag);
  const read = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'copy' }));
  expect(await read.Body?.transformToString()).toBe('bytes');
  expect(read).toMatchObject({ ContentType: 'video/mp4', Metadata: { kept: 'yes' } });
  await copy({ MetadataDirective: 'REPLACE', ContentType: 'text/plain' });
  const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'copy' }));
  expect(head).toMatchObject({ ContentType: 'text/plain', Metadata: {} });
});

test('copying an object to itself needs a change', async () => {
  const { s3, copy, Key } = await withSource();
  const itself = { Bucket: 'sources', Key };
  await expect(copy(itself)).rejects.toMatchObject({ name: 'InvalidRequest' });
  await copy({ ...itself, MetadataDirective: 'REPLACE', ContentType: 'text/plain' });
  const head = await s3.send(new HeadObjectCommand(itself));
  expect(head).toMatchObject({ ContentType: 'text/plain', ContentLength: 5 });
});

test('conditions on the source and on the target answer 412 and copy nothing', async () => {
  const { s3, copy, ETag } = await withSource();
  const past = new Date(Date.now() - 60_000);
  const future = new Date(Date.now() + 60_000);
  for (const condition of [
    { CopySourceIfMatch: '"other"' },
    { CopySourceIfNoneMatch: ETag },
    { CopySourceIfModifiedSince: future },
    { CopySourceIfUnmodifiedSince: past },
  ])
    await expect(copy(condition)).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'copy' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  for (const condition of [
    { CopySourceIfMatch: ETag },
    { CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past },
    { CopySourceIfNoneMatch: '"other"', CopySourceIfModifiedSince: past },
  ])
    await copy(condition);
  await expect(copy({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test('a missing source key, bucket or a version of one is named', async () => {
  const { copy, CopySource } = await withSource();
  await expect(copy({ CopySource: '/sources/none' })).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(copy({ CopySource: '/nowhere/none' })).rejects.toMatchObject({ name: 'NoSuchBucket' });
  await expect(copy({ CopySource: `${CopySource}?versionId=1` })).rejects.toMatchObject({
    name: 'NotImplemented',
  });
});
