import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, dataFiles, temporaryDirectory } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';
import { slowPut } from './slow-put.ts';

const MIB = 1024 ** 2;

async function startProcess(dir: string): Promise<{ process: ChildProcess; s3: S3Client }> {
  const script = fileURLToPath(new URL('server-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [url] = await once(child.stdout, 'data');
  return { process: child, s3: clientOf(String(url).trim()) };
}

async function bytesOf(s3: S3Client, Key: string): Promise<Buffer> {
  const answer = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
}

test('kill -9 in the middle of a PUT and a part: the old object stands, the parts survive, the upload ends', async () => {
  const dir = await temporaryDirectory();
  const first = await startProcess(dir);
  const old = randomBytes(2 * MIB);
  const partBody = randomBytes(5 * MIB);
  await first.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'o', Body: old }));
  const upload = { Bucket: BUCKET, Key: 'm' };
  const { UploadId } = await first.s3.send(new CreateMultipartUploadCommand(upload));
  const part = { ...upload, UploadId };
  const { ETag } = await first.s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: partBody }));
  const put = await getSignedUrl(first.s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'o' }));
  await slowPut(put, 4 * MIB, 66, async () => (await dataFiles(dir)).length === 3);
  const putPart = await getSignedUrl(first.s3, new UploadPartCommand({ ...part, PartNumber: 2 }));
  await slowPut(putPart, 4 * MIB, 66, async () => (await dataFiles(dir)).length === 4);
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');

  const { s3 } = await startProcess(dir);
  expect(await dataFiles(dir)).toHaveLength(2);
  expect((await bytesOf(s3, 'o')).equals(old)).toBe(true);
  const { Parts } = await s3.send(new ListPartsCommand(part));
  expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([[1, 5 * MIB]]);
  const second = await s3.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: 'end' }));
  const parts = [
    { PartNumber: 1, ETag },
    { PartNumber: 2, ETag: second.ETag },
  ];
  await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts: parts } }));
  expect((await bytesOf(s3, 'm')).equals(Buffer.concat([partBody, Buffer.from('end')]))).toBe(true);
});
