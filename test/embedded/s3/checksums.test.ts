import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { type ChecksumAlgorithm, startChecksum } from '#bootstrap/embedded/s3/checksums.ts';
import { PayloadVerifier } from '#bootstrap/embedded/s3/payload-verifier.ts';
import { clientOf, dataFiles, element, runServer } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';

const object = { Bucket: BUCKET, Key: 'o' };

// The check values of the catalogue of CRC algorithms, and of FIPS 180, for the bytes "123456789".
test.each<[ChecksumAlgorithm, string]>([
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
  ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
])('%s gives its published check value, however the bytes are split', (algorithm, hex) => {
  const running = startChecksum(algorithm);
  for (const piece of ['1234', '5', '6789']) running.update(Buffer.from(piece));
  expect(Buffer.from(running.digest(), 'base64').toString('hex')).toBe(hex);
});

test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
  'a right %s is taken and given back, for a buffer and for a stream with a trailer',
  async (ChecksumAlgorithm) => {
    const { server } = await runServer();
    const s3 = clientOf(server.url, 'default');
    for (const Body of [
      Buffer.alloc(100_000, 7),
      Readable.from([Buffer.alloc(60_000, 7), Buffer.alloc(40_000, 7)]),
    ]) {
      await s3.send(new PutObjectCommand({ ...object, Body, ContentLength: 100_000, ChecksumAlgorithm }));
      const read = await s3.send(new GetObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
      expect(read[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
      expect(read.ContentEncoding).toBeUndefined();
      // The SDK verifies the body against the header while it reads.
      expect((await read.Body?.transformToByteArray())?.length).toBe(100_000);
    }
    expect(await s3.send(new HeadObjectCommand(object))).not.toHaveProperty('ChecksumCRC32');
  },
);

test('a wrong checksum, digest or hash is refused and stores nothing', async () => {
  const { s3, dir } = await runServer();
  const put = (extra: Partial<ConstructorParameters<typeof PutObjectCommand>[0]>) =>
    s3.send(new PutObjectCommand({ ...object, Body: 'body', ...extra }));
  const sha256 = createHash('sha256').update('other').digest('base64');
  for (const extra of [
    { ChecksumCRC32: 'AAAAAA==' },
    { ChecksumCRC32C: 'AAAAAA==' },
    { ChecksumCRC64NVME: 'AAAAAAAAAAA=' },
    { ChecksumSHA256: sha256 },
    { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' },
  ])
    await expect(put(extra)).rejects.toMatchObject({ name: 'BadDigest' });
  await expect(put({ ContentMD5: 'no md5' })).rejects.toMatchObject({ name: 'InvalidDigest' });
  await expect(put({ ChecksumCRC32: 'no crc' })).rejects.toMatchObject({ name: 'InvalidRequest' });
  await expect(s3.send(new HeadObjectCommand(object))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  await expect.poll(() => dataFiles(dir)).toEqual([]);
});

test('a checksum that the presigned URL carries binds the body', async () => {
  const { s3 } = await runServer();
  const ChecksumSHA256 = createHash('sha256').update('body').digest('base64');
  const url = await getSignedUrl(s3, new PutObjectCommand({ ...object, ChecksumSHA256 }));
  const wrong = await fetch(url, { method: 'PUT', body: 'beef' });
  expect([wrong.status, element(await wrong.text(), 'Code')]).toEqual([400, 'BadDigest']);
  expect((await fetch(url, { method: 'PUT', body: 'body' })).status).toBe(200);
});

test('a payload shorter or longer than announced is refused', async () => {
  const verify = (body: string) =>
    text(Readable.from([Buffer.from(body)]).pipe(new PayloadVerifier({ sizeBytes: 4 })));
  expect(await verify('four')).toBe('four');
  for (const body of ['thr', 'five5'])
    await expect(verify(body)).rejects.toMatchObject({ code: 'IncompleteBody' });
});

test('a checksum algorithm that is not known here is refused', async () => {
  const { s3 } = await runServer();
  const put = new PutObjectCommand({ ...object, Body: 'body' });
  put.middlewareStack.add(
    (next) => (input) => {
      (input.request as { headers: Record<string, string> }).headers['x-amz-checksum-xxhash64'] =
        'AAAAAAAAAAA=';
      return next(input);
    },
    { step: 'build' },
  );
  await expect(s3.send(put)).rejects.toMatchObject({ name: 'InvalidRequest' });
});
