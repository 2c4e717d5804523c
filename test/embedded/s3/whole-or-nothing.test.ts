import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { dataFiles, runServer } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';
import { slowPut } from './slow-put.ts';

const MIB = 1024 ** 2;
const object = { Bucket: BUCKET, Key: 'o' };

/** True once more than `count` files exist: the body of a PUT has begun to arrive. */
const moreFilesThan = (dir: string, count: number) => async () => (await dataFiles(dir)).length > count;

async function bytesOf(s3: S3Client): Promise<Buffer> {
  const answer = await s3.send(new GetObjectCommand(object));
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
}

test('a cut PUT leaves the old object and no file', async () => {
  const { s3, dir } = await runServer();
  const old = randomBytes(MIB);
  await s3.send(new PutObjectCommand({ ...object, Body: old }));
  for (const Key of ['o', 'new']) {
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key }));
    const put = await slowPut(url, 4 * MIB, 66, moreFilesThan(dir, 1));
    expect((await bytesOf(s3)).equals(old)).toBe(true);
    put.cut();
    await expect.poll(() => dataFiles(dir)).toHaveLength(1);
  }
  expect((await bytesOf(s3)).equals(old)).toBe(true);
  await expect(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'new' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
});

test('a cut part is not listed and does not replace a good one', async () => {
  const { s3, dir } = await runServer();
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
  const part = { ...object, UploadId };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'good' }));
  for (const PartNumber of [1, 2]) {
    const url = await getSignedUrl(s3, new UploadPartCommand({ ...part, PartNumber }));
    const put = await slowPut(url, 4 * MIB, 66, moreFilesThan(dir, 1));
    put.cut();
    await expect.poll(() => dataFiles(dir)).toHaveLength(1);
  }
  const { Parts } = await s3.send(new ListPartsCommand(part));
  expect(Parts).toMatchObject([{ PartNumber: 1, Size: 4, ETag }]);
  expect(Parts).toHaveLength(1);
});

test('a reader sees the whole old object while it is overwritten, and to the end after it was', async () => {
  const { s3, dir } = await runServer();
  const old = randomBytes(8 * MIB);
  await s3.send(new PutObjectCommand({ ...object, Body: old }));
  const url = await getSignedUrl(s3, new PutObjectCommand(object));
  const put = await slowPut(url, 4 * MIB, 66, moreFilesThan(dir, 1));
  expect((await bytesOf(s3)).equals(old)).toBe(true);

  const reader = (await fetch(await getSignedUrl(s3, new GetObjectCommand(object)))).body?.getReader();
  const first = await reader?.read();
  expect(await put.finish()).toBe(200);
  expect((await s3.send(new HeadObjectCommand(object))).ContentLength).toBe(4 * MIB);
  const seen = [Buffer.from(first?.value ?? [])];
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
    seen.push(Buffer.from(next.value));
  expect(Buffer.concat(seen).equals(old)).toBe(true);
  await expect.poll(() => dataFiles(dir)).toHaveLength(1);
});

test('a reader of an object in several parts gets all of them although it is deleted meanwhile', async () => {
  const { s3, dir } = await runServer();
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
  const upload = { ...object, UploadId };
  // More than the sockets buffer, so that the second part is not yet open when the object goes.
  const bodies = [Buffer.alloc(24 * MIB, 1), Buffer.from('the end')];
  const Parts: CompletedPart[] = [];
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1;
    const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  const answer = await fetch(await getSignedUrl(s3, new GetObjectCommand(object)));
  await s3.send(new DeleteObjectCommand(object));
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.length).toBe(24 * MIB + 7);
  expect(bytes.subarray(-7).toString()).toBe('the end');
  await expect.poll(() => dataFiles(dir)).toEqual([]);
});

test('a conditional PUT loses against one that ended while it came in', async () => {
  const { s3, dir } = await runServer();
  const url = await getSignedUrl(s3, new PutObjectCommand(object));
  const put = await slowPut(url, MIB, 66, moreFilesThan(dir, 0), { 'if-none-match': '*' });
  await s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
  expect(await put.finish()).toBe(412);
  expect((await bytesOf(s3)).toString()).toBe('first');
  await expect.poll(() => dataFiles(dir)).toHaveLength(1);
});

test('a part that comes in after its upload was aborted is refused and leaves no file', async () => {
  const { s3, dir } = await runServer();
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
  const url = await getSignedUrl(s3, new UploadPartCommand({ ...object, UploadId, PartNumber: 1 }));
  const put = await slowPut(url, MIB, 66, moreFilesThan(dir, 0));
  await s3.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
  expect(await put.finish()).toBe(404);
  await expect.poll(() => dataFiles(dir)).toEqual([]);
});

test('files that no row names are swept at the start', async () => {
  const { s3, dir, server } = await runServer();
  await s3.send(new PutObjectCommand({ ...object, Body: 'kept' }));
  await server.close();
  await fs.writeFile(path.join(dir, 'data', 'left-over'), 'half of something');
  const again = await runServer({ dir });
  expect(await dataFiles(dir)).toHaveLength(1);
  expect((await bytesOf(again.s3)).toString()).toBe('kept');
});
