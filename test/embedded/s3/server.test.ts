import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { type ObjectEvent, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { dataFiles, element, runServer, temporaryDirectory } from './embedded-server.ts';
import { BUCKET, KEYS } from './server-settings.ts';
import { slowPut } from './slow-put.ts';

const object = { Bucket: BUCKET, Key: 'o' };

test('a busy port rejects with EADDRINUSE and touches no directory', async () => {
  const { server } = await runServer();
  const dir = `${await temporaryDirectory()}/new`;
  await expect(
    startEmbeddedS3({ dir, port: server.port, keys: KEYS, buckets: [BUCKET] }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(dataFiles(dir)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a second server in the same directory is refused and frees its port', async () => {
  const { dir } = await runServer();
  await expect(startEmbeddedS3({ dir, port: 0, keys: KEYS, buckets: [BUCKET] })).rejects.toThrow(/locked/);
});

test('a restart keeps objects, uploads, completed uploads and CORS rules', async () => {
  const before = await runServer();
  await before.s3.send(new PutObjectCommand({ ...object, Body: 'kept', Metadata: { a: 'b' } }));
  const { UploadId } = await before.s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'm' }));
  const part = { Bucket: BUCKET, Key: 'm', UploadId };
  const { ETag } = await before.s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: 'part' }));
  const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }];
  await before.s3.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules } }));
  await before.server.close();

  const { s3, server } = await runServer({ dir: before.dir });
  const read = await s3.send(new GetObjectCommand(object));
  expect(await read.Body?.transformToString()).toBe('kept');
  expect(read.Metadata).toEqual({ a: 'b' });
  const complete = new CompleteMultipartUploadCommand({
    ...part,
    MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
  });
  const completed = await s3.send(complete);
  const preflight = await fetch(`${server.url}/${BUCKET}/o`, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
  });
  expect(preflight.status).toBe(200);
  await server.close();
  const third = await runServer({ dir: before.dir });
  expect((await third.s3.send(complete)).ETag).toBe(completed.ETag);
});

test('every committed change is told once, until the listener is taken off', async () => {
  const errors: unknown[] = [];
  const { s3, server } = await runServer({ onError: (error) => errors.push(error) });
  const events: ObjectEvent[] = [];
  server.onObject(() => {
    throw new Error('a listener that fails');
  });
  const stop = server.onObject((event) => events.push(event));
  await s3.send(new PutObjectCommand({ ...object, Body: 'body' }));
  await s3.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource: `${BUCKET}/o` }));
  await s3.send(new DeleteObjectCommand(object));
  await s3.send(new DeleteObjectCommand(object));
  const etag = '841a2d689ad86bd1611447453c22c6fc';
  expect(events).toMatchObject([
    { name: 'ObjectCreated:Put', bucket: BUCKET, key: 'o', sizeBytes: 4, etag },
    { name: 'ObjectCreated:Copy', bucket: BUCKET, key: 'copy', sizeBytes: 4, etag },
    { name: 'ObjectRemoved:Delete', bucket: BUCKET, key: 'o', sizeBytes: 4, etag },
  ]);
  expect(events[0]?.time).toBeInstanceOf(Date);
  expect(errors).toHaveLength(3);
  stop();
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'copy' }));
  expect(events).toHaveLength(3);
});

test('close ends although connections idle and an upload hangs, and the hanging upload leaves nothing', async () => {
  const { s3, server, dir } = await runServer();
  const url = await getSignedUrl(s3, new PutObjectCommand(object));
  await slowPut(url, 1024 ** 2, 1, async () => (await dataFiles(dir)).length === 1);
  const idle = net.connect(server.port, '127.0.0.1');
  const ended = new Promise((resolve) => idle.on('close', resolve).on('error', resolve));
  await server.close();
  await ended;
  await expect.poll(() => dataFiles(dir)).toEqual([]);
});

test('buckets can be made, listed and removed when empty', async () => {
  const { s3 } = await runServer();
  await s3.send(new CreateBucketCommand({ Bucket: 'another' }));
  await expect(s3.send(new CreateBucketCommand({ Bucket: 'another' }))).rejects.toMatchObject({
    name: 'BucketAlreadyOwnedByYou',
  });
  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  expect(Buckets?.map((bucket) => bucket.Name)).toEqual(['another', BUCKET]);
  await s3.send(new PutObjectCommand({ ...object, Bucket: 'another', Body: 'x' }));
  const remove = () => s3.send(new DeleteBucketCommand({ Bucket: 'another' }));
  await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  await s3.send(new DeleteObjectCommand({ ...object, Bucket: 'another' }));
  await remove();
  const versioning = await s3.send(new GetBucketVersioningCommand({ Bucket: BUCKET }));
  expect(versioning.Status).toBeUndefined();
});

test('a refusal reaches a client that reads nothing before it has sent its whole body', async () => {
  const { server } = await runServer();
  const body = Buffer.alloc(16 * 1024 ** 2);
  const socket = net.connect(server.port, '127.0.0.1').pause();
  socket.write(`PUT /${BUCKET}/o HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.write(body, () => resolve());
  });
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(element(answer, 'Code')).toBe('AccessDenied');
});

test('a client that waits for 100 Continue is refused before it sends, or told to go on', async () => {
  const { s3 } = await runServer();
  const url = new URL(await getSignedUrl(s3, new PutObjectCommand(object)));
  const put = async (target: URL) => {
    const headers = { expect: '100-continue', 'content-length': 4 };
    const request = http.request(target, { method: 'PUT', headers });
    let continued = false;
    request.on('continue', () => {
      continued = true;
      request.end('body');
    });
    request.flushHeaders();
    const [answer] = await once(request, 'response');
    answer.resume();
    request.destroy();
    return [answer.statusCode, continued];
  };
  expect(await put(url)).toEqual([200, true]);
  url.searchParams.set('X-Amz-Signature', '00');
  expect(await put(url)).toEqual([403, false]);
});

test('XML with a document type, broken XML and a document too large are refused', async () => {
  const { s3 } = await runServer();
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
  const url = await getSignedUrl(s3, new CompleteMultipartUploadCommand({ ...object, UploadId }));
  const post = async (body: string | Buffer) =>
    element(await (await fetch(url, { method: 'POST', body })).text(), 'Code');
  const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><CompleteMultipartUpload>&b;</CompleteMultipartUpload>';
  expect(await post(bomb)).toBe('MalformedXML');
  expect(await post('<CompleteMultipartUpload><Part>')).toBe('MalformedXML');
  expect(await post('<Delete/>')).toBe('MalformedXML');
  expect(await post(Buffer.alloc(9 * 1024 ** 2, ' '))).toBe('EntityTooLarge');
});
