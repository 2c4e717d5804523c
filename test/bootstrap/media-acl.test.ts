import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { mediaStore } from '#bootstrap/delivery.ts';
import { putLong } from '#bootstrap/put-long.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { type S3Connection, s3Connection } from '#providers/storage/s3-object-store.ts';
import type { S3VendorName } from '#providers/storage/s3-vendors.ts';

const SIZE_BYTES = 10;
const ETAG = '"e07910a06a086c83ba41827aa00b26ed"';
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface Written {
  readonly call: string;
  readonly acl: string | undefined;
  readonly cacheControl: string | undefined;
}

/** Takes whatever is written, as S3 answers it, and keeps which ACL came along. */
async function recordingS3(): Promise<{ url: string; written: Written[] }> {
  const written: Written[] = [];
  const server = http.createServer((request, response) => {
    const { method = '', headers } = request;
    const query = new URL(request.url ?? '', 'http://s3').searchParams;
    const kind = query.has('uploads')
      ? 'create'
      : query.has('partNumber')
        ? 'part'
        : query.has('uploadId')
          ? 'complete'
          : headers['x-amz-copy-source']
            ? 'copy'
            : 'put';
    if (method === 'PUT' || method === 'POST')
      written.push({
        call: kind,
        acl: headers['x-amz-acl'] as string | undefined,
        cacheControl: headers['cache-control'],
      });
    request.resume().once('end', () => {
      response.setHeader('ETag', ETAG);
      if (method === 'HEAD') response.setHeader('Content-Length', SIZE_BYTES);
      response.end(method === 'HEAD' ? undefined : ANSWERS[kind]);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, written };
}

const ANSWERS: Readonly<Record<string, string>> = {
  create: '<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>',
  copy: `<CopyObjectResult><ETag>${ETAG}</ETag></CopyObjectResult>`,
  part: `<CopyPartResult><ETag>${ETAG}</ETag></CopyPartResult>`,
  complete: `<CompleteMultipartUploadResult><ETag>${ETAG}</ETag></CompleteMultipartUploadResult>`,
  put: '',
};

function connect(endpoint: string, vendor: S3VendorName, copyByPartsAboveBytes: number): S3Connection {
  const connection = s3Connection({
    endpoint,
    vendor,
    region: 'fra1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    limits: { attempts: 1 },
    sizes: { copyByPartsAboveBytes, copyPartSizeBytes: 5 },
  });
  open.push(connection.close);
  return connection;
}

/** Every way in which an object comes into being. */
async function writeEverything(store: ObjectStore, byParts: ObjectStore): Promise<void> {
  const options = { contentType: 'video/mp4', cacheControl: 'public, max-age=31536000, immutable' };
  const body = Buffer.alloc(SIZE_BYTES);
  const source = { bucket: 'sources', key: 'staged', etag: ETAG, sizeBytes: SIZE_BYTES };
  await store.put('bytes', body, options);
  await store.put('stream', Readable.from([body]), { ...options, sizeBytes: SIZE_BYTES });
  await store.copyFrom(source, 'copy', options);
  await byParts.copyFrom(source, 'large-copy', options);
  const signal = new AbortController().signal;
  const long = { ...options, sizeBytes: SIZE_BYTES, signal };
  await putLong(store, 'long', [body] as never, long, { singlePutBytesMax: 1, partBytes: SIZE_BYTES });
}

const OBJECT_CALLS = ['put', 'put', 'copy', 'create', 'create'];

async function written(
  vendor: S3VendorName,
  delivery: 'local' | 'cloudfront' | 'spaces-cdn',
  media: boolean,
) {
  const s3 = await recordingS3();
  const stores = [Number.MAX_SAFE_INTEGER, 1].map((above) => {
    const connection = connect(s3.url, vendor, above);
    const config = { DELIVERY: delivery, S3_MEDIA_BUCKET: 'media' };
    return media ? mediaStore(config, connection) : connection.store('sources');
  });
  await writeEverything(...(stores as [ObjectStore, ObjectStore]));
  return s3.written;
}

test('on Spaces behind its CDN whatever is written to the media bucket may be read by anybody', async () => {
  const calls = await written('spaces', 'spaces-cdn', true);
  const objects = calls.filter(({ call }) => call !== 'part' && call !== 'complete');
  expect(objects.map(({ call }) => call)).toEqual(OBJECT_CALLS);
  expect(objects.map(({ acl }) => acl)).toEqual(OBJECT_CALLS.map(() => 'public-read'));
});

test('sources never may', async () => {
  const calls = await written('spaces', 'spaces-cdn', false);
  expect(calls.length).toBeGreaterThanOrEqual(OBJECT_CALLS.length);
  expect(calls.filter(({ acl }) => acl !== undefined)).toEqual([]);
});

test.each([
  ['spaces', 'local'],
  ['aws', 'cloudfront'],
  ['aws', 'spaces-cdn'],
  ['r2', 'cloudfront'],
  ['minio', 'local'],
  ['versitygw', 'local'],
  ['embedded', 'spaces-cdn'],
  ['generic', 'spaces-cdn'],
] as const)('%s with DELIVERY=%s is sent no ACL at all', async (vendor, delivery) => {
  const calls = await written(vendor, delivery, true);
  expect(calls.length).toBeGreaterThanOrEqual(OBJECT_CALLS.length);
  expect(calls.filter(({ acl }) => acl !== undefined)).toEqual([]);
});

test('whatever is written is to be kept for ever by caches, however long it is', async () => {
  const calls = await written('aws', 'cloudfront', true);
  for (const { call, cacheControl } of calls)
    if (call !== 'part' && call !== 'complete') expect(cacheControl, call).toMatch(/immutable/);
});
