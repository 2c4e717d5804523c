import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { clientOf, dataFiles, runServer } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';

const MIB = 1024 ** 2;
const BIG = Buffer.alloc(5 * MIB, 1);
const SMALL = Buffer.from('the last part');
const target = (Key: string, UploadId: string) => ({ Bucket: BUCKET, Key, UploadId });

async function create(s3: S3Client, Key: string): Promise<string> {
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket: BUCKET, Key, ContentType: 'video/mp4' }),
  );
  return UploadId ?? '';
}

async function putPart(s3: S3Client, key: string, id: string, PartNumber: number, Body: Buffer) {
  const { ETag } = await s3.send(new UploadPartCommand({ ...target(key, id), PartNumber, Body }));
  return { ETag, PartNumber };
}

function complete(s3: S3Client, key: string, id: string, Parts: CompletedPart[], extra = {}) {
  return s3.send(
    new CompleteMultipartUploadCommand({ ...target(key, id), MultipartUpload: { Parts }, ...extra }),
  );
}

async function completed(s3: S3Client, key: string, bodies: Buffer[]) {
  const id = await create(s3, key);
  const parts = [];
  for (const [index, body] of bodies.entries()) parts.push(await putPart(s3, key, id, index + 1, body));
  return { id, parts, answer: await complete(s3, key, id, parts) };
}

test('parts put by presigned URLs, out of order, become one object whose ETag is S3s', async () => {
  const { s3, dir } = await runServer();
  const id = await create(s3, 'o');
  const parts: CompletedPart[] = [];
  for (const [PartNumber, body] of [
    [2, SMALL],
    [1, BIG],
  ] as const) {
    const url = await getSignedUrl(s3, new UploadPartCommand({ ...target('o', id), PartNumber }));
    const answer = await fetch(url, { method: 'PUT', body });
    expect(answer.status).toBe(200);
    parts.unshift({ PartNumber, ETag: answer.headers.get('etag') ?? '' });
  }
  const { ETag } = await complete(s3, 'o', id, parts);
  const { createHash } = await import('node:crypto');
  const md5 = (data: Buffer) => createHash('md5').update(data).digest();
  expect(ETag).toBe(`"${md5(Buffer.concat([md5(BIG), md5(SMALL)])).toString('hex')}-2"`);
  const read = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'o' }));
  expect(read).toMatchObject({ ETag, ContentType: 'video/mp4', ContentLength: BIG.length + SMALL.length });
  const bytes = Buffer.from((await read.Body?.transformToByteArray()) ?? []);
  expect(bytes.equals(Buffer.concat([BIG, SMALL]))).toBe(true);
  expect(await dataFiles(dir)).toHaveLength(2);
});

test('ListParts pages, and shows a part put again as it is now', async () => {
  const { s3 } = await runServer();
  const id = await create(s3, 'o');
  for (const number of [1, 2, 3]) await putPart(s3, 'o', id, number, SMALL);
  await putPart(s3, 'o', id, 2, Buffer.from('other'));
  const list = (extra: { MaxParts?: number; PartNumberMarker?: string }) =>
    s3.send(new ListPartsCommand({ ...target('o', id), ...extra }));
  const first = await list({ MaxParts: 2 });
  expect(first.Parts?.map((part) => [part.PartNumber, part.Size])).toEqual([
    [1, SMALL.length],
    [2, 5],
  ]);
  expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
  const second = await list({ MaxParts: 2, PartNumberMarker: '2' });
  expect(second).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 3 }] });
});

test('a Complete that names wrong parts is refused and the upload goes on', async () => {
  const { s3 } = await runServer();
  const id = await create(s3, 'o');
  const first = await putPart(s3, 'o', id, 1, SMALL);
  const second = await putPart(s3, 'o', id, 2, SMALL);
  const refused = (parts: CompletedPart[], name: string) =>
    expect(complete(s3, 'o', id, parts)).rejects.toMatchObject({ name });
  await refused([{ PartNumber: 1, ETag: '"bad"' }], 'InvalidPart');
  await refused([first, { PartNumber: 3, ETag: '"bad"' }], 'InvalidPart');
  await refused([second, first], 'InvalidPartOrder');
  await refused([first, second], 'EntityTooSmall');
  await refused([], 'MalformedXML');
  await expect(complete(s3, 'o', id, [first], { MpuObjectSize: 1 })).rejects.toMatchObject({
    name: 'InvalidRequest',
  });
  await complete(s3, 'o', id, [first], { MpuObjectSize: SMALL.length });
});

test('completing twice answers the same ETag, even at the same time; then the upload is gone', async () => {
  const { s3, server } = await runServer();
  const names: string[] = [];
  server.onObject((event) => names.push(event.name));
  const id = await create(s3, 'o');
  const parts = [await putPart(s3, 'o', id, 1, SMALL)];
  const answers = await Promise.all([complete(s3, 'o', id, parts), complete(s3, 'o', id, parts)]);
  answers.push(await complete(s3, 'o', id, parts));
  expect(new Set(answers.map((answer) => answer.ETag)).size).toBe(1);
  expect(names).toEqual(['ObjectCreated:CompleteMultipartUpload']);
  for (const command of [
    new ListPartsCommand(target('o', id)),
    new UploadPartCommand({ ...target('o', id), PartNumber: 1, Body: 'x' }),
  ])
    await expect(s3.send(command as ListPartsCommand)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  await expect(complete(s3, 'another', id, parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
});

test('a Complete can be conditional', async () => {
  const { s3 } = await runServer();
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'o', Body: 'first' }));
  const id = await create(s3, 'o');
  const parts = [await putPart(s3, 'o', id, 1, SMALL)];
  for (const condition of [{ IfNoneMatch: '*' }, { IfMatch: '"other"' }])
    await expect(complete(s3, 'o', id, parts, condition)).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  await complete(s3, 'o', id, parts, { IfMatch: ETag });
});

test('an aborted upload is gone with its bytes; aborting it again is NoSuchUpload', async () => {
  const { s3, dir } = await runServer();
  const id = await create(s3, 'o');
  await putPart(s3, 'o', id, 1, SMALL);
  await s3.send(new AbortMultipartUploadCommand(target('o', id)));
  await expect.poll(() => dataFiles(dir)).toEqual([]);
  await expect(s3.send(new ListPartsCommand(target('o', id)))).rejects.toMatchObject({
    name: 'NoSuchUpload',
  });
  await expect(s3.send(new AbortMultipartUploadCommand(target('o', id)))).rejects.toMatchObject({
    name: 'NoSuchUpload',
  });
});

test('a part number outside 1 to 10000 is refused', async () => {
  const { s3 } = await runServer();
  const id = await create(s3, 'o');
  for (const number of [0, 10_001])
    await expect(putPart(s3, 'o', id, number, SMALL)).rejects.toMatchObject({ name: 'InvalidArgument' });
});

test('partNumber reads one part of an object, and ranges cross the parts', async () => {
  const { s3 } = await runServer();
  await completed(s3, 'o', [BIG, SMALL]);
  const read = (extra: { PartNumber?: number; Range?: string }) =>
    s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'o', ...extra }));
  const second = await read({ PartNumber: 2 });
  expect(second).toMatchObject({ PartsCount: 2, ContentLength: SMALL.length });
  expect(second.ContentRange).toBe(
    `bytes ${BIG.length}-${BIG.length + SMALL.length - 1}/${BIG.length + SMALL.length}`,
  );
  expect(await second.Body?.transformToString()).toBe(SMALL.toString());
  const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'o', PartNumber: 1 }));
  expect(head).toMatchObject({ PartsCount: 2, ContentLength: BIG.length });
  await expect(read({ PartNumber: 3 })).rejects.toMatchObject({ name: 'InvalidPartNumber' });
  await expect(read({ PartNumber: 1, Range: 'bytes=0-1' })).rejects.toMatchObject({ name: 'InvalidRequest' });
  const across = await read({ Range: `bytes=${BIG.length - 2}-${BIG.length + 2}` });
  expect(await across.Body?.transformToString()).toBe('\u0001\u0001the');
});

test('UploadPartCopy takes a range, checks it against the source, and can be conditional', async () => {
  const { s3 } = await runServer();
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'source', Body: '0123456789' }));
  const id = await create(s3, 'o');
  const copy = (extra: Partial<ConstructorParameters<typeof UploadPartCopyCommand>[0]>) =>
    s3.send(
      new UploadPartCopyCommand({
        ...target('o', id),
        PartNumber: 1,
        CopySource: `${BUCKET}/source`,
        ...extra,
      }),
    );
  const refused = (range: string, name: string) =>
    expect(copy({ CopySourceRange: range })).rejects.toMatchObject({ name });
  await refused('bytes=5-10', 'InvalidRange');
  await refused('bytes=20-30', 'InvalidRange');
  for (const range of ['bytes=5-', 'bytes=-5', 'bytes=5-2', '0-4', 'bytes=0-1,2-3'])
    await refused(range, 'InvalidArgument');
  await expect(copy({ CopySourceIfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const part = await copy({ CopySourceRange: 'bytes=2-5' });
  await complete(s3, 'o', id, [{ PartNumber: 1, ETag: part.CopyPartResult?.ETag }]);
  const read = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'o' }));
  expect(await read.Body?.transformToString()).toBe('2345');
});

test('with the SDKs default checksums a multipart upload works, and a wrong part checksum is InvalidPart', async () => {
  const { server } = await runServer();
  const s3 = clientOf(server.url, 'default');
  const id = await create(s3, 'o');
  const part = await s3.send(new UploadPartCommand({ ...target('o', id), PartNumber: 1, Body: SMALL }));
  expect(part.ChecksumCRC32).toBeDefined();
  const listed = { PartNumber: 1, ETag: part.ETag };
  await expect(complete(s3, 'o', id, [{ ...listed, ChecksumCRC32: 'AAAAAA==' }])).rejects.toMatchObject({
    name: 'InvalidPart',
  });
  // The checksum of the whole, which is that of the only part.
  const whole = (value: string) => ({ ChecksumCRC32: value, ChecksumType: 'FULL_OBJECT' });
  await expect(complete(s3, 'o', id, [listed], whole('AAAAAA=='))).rejects.toMatchObject({
    name: 'BadDigest',
  });
  await complete(
    s3,
    'o',
    id,
    [{ ...listed, ChecksumCRC32: part.ChecksumCRC32 }],
    whole(part.ChecksumCRC32 ?? ''),
  );
});
