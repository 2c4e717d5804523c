import http from 'node:http';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { element, runServer } from './embedded-server.ts';
import { BUCKET, KEYS } from './server-settings.ts';

const object = { Bucket: BUCKET, Key: 'o' };

async function outcome(answer: Response) {
  return [answer.status, element(await answer.text(), 'Code')];
}

async function withObject() {
  const running = await runServer();
  await running.s3.send(new PutObjectCommand({ ...object, Body: 'body' }));
  return running;
}

test('a presigned GET and PUT work without any header', async () => {
  const { s3 } = await runServer();
  const put = await getSignedUrl(s3, new PutObjectCommand(object));
  expect((await fetch(put, { method: 'PUT', body: 'by URL' })).status).toBe(200);
  const get = await getSignedUrl(s3, new GetObjectCommand(object));
  expect(await (await fetch(get)).text()).toBe('by URL');
});

test('nothing is open to a request without a signature', async () => {
  const { server } = await withObject();
  for (const [path, method] of [
    [`/${BUCKET}/o`, 'GET'],
    [`/${BUCKET}`, 'GET'],
    ['/', 'GET'],
    ['/nowhere/o', 'GET'],
    [`/${BUCKET}/new`, 'PUT'],
    [`/${BUCKET}/o`, 'DELETE'],
  ] as const) {
    const answer = await fetch(server.url + path, { method, ...(method === 'PUT' && { body: 'x' }) });
    expect(await outcome(answer)).toEqual([403, 'AccessDenied']);
  }
  expect((await fetch(`${server.url}/${BUCKET}/o`, { method: 'HEAD' })).status).toBe(403);
});

test('a presigned URL is refused when changed, expired, from the future or used otherwise', async () => {
  const { s3 } = await withObject();
  const get = (signingDate: Date) =>
    getSignedUrl(s3, new GetObjectCommand(object), { expiresIn: 60, signingDate });
  const url = await get(new Date());
  const wrong = [403, 'SignatureDoesNotMatch'];
  expect(await outcome(await fetch(url.replace(/Signature=..../, 'Signature=0000')))).toEqual(wrong);
  expect(await outcome(await fetch(url.replace('/o?', '/other?')))).toEqual(wrong);
  expect(await outcome(await fetch(`${url}&response-content-type=text/html`))).toEqual(wrong);
  expect(await outcome(await fetch(url.replace('Expires=60', 'Expires=6000')))).toEqual(wrong);
  expect(await outcome(await fetch(url, { method: 'PUT', body: 'x' }))).toEqual(wrong);
  expect(await outcome(await fetch(url, { method: 'DELETE' }))).toEqual(wrong);
  const denied = [403, 'AccessDenied'];
  expect(await outcome(await fetch(await get(new Date(Date.now() - 90_000))))).toEqual(denied);
  expect(await outcome(await fetch(await get(new Date(Date.now() + 3_600_000))))).toEqual(denied);
  const bad = await outcome(await fetch(url.replace('Expires=60', 'Expires=0')));
  expect(bad).toEqual([400, 'AuthorizationQueryParametersError']);
});

test('a signed length and a signed header hold the client to them', async () => {
  const { s3 } = await runServer();
  const url = await getSignedUrl(
    s3,
    new PutObjectCommand({ ...object, ContentLength: 4, ContentType: 'video/mp4' }),
    { signableHeaders: new Set(['content-length', 'content-type']) },
  );
  const put = (body: string, type: string) =>
    fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
  const wrong = [403, 'SignatureDoesNotMatch'];
  expect(await outcome(await put('12345', 'video/mp4'))).toEqual(wrong);
  expect(await outcome(await put('1234', 'text/html'))).toEqual(wrong);
  expect((await put('1234', 'video/mp4')).status).toBe(200);
});

test('an x-amz header that was not signed is refused: no copy of others through a presigned PUT', async () => {
  const { s3 } = await withObject();
  const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'mine' }));
  for (const headers of [{ 'x-amz-copy-source': `/${BUCKET}/o` }, { 'x-amz-meta-a': 'b' }]) {
    const answer = await fetch(url, { method: 'PUT', headers });
    expect(await outcome(answer)).toEqual([403, 'AccessDenied']);
  }
});

test('headers that the signer moved into the query count as headers', async () => {
  const { s3 } = await runServer();
  const url = await getSignedUrl(s3, new PutObjectCommand({ ...object, Metadata: { owner: 'me' } }));
  expect(new URL(url).searchParams.get('x-amz-meta-owner')).toBe('me');
  expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200);
  const read = await s3.send(new GetObjectCommand(object));
  expect(read.Metadata).toEqual({ owner: 'me' });
});

test('unknown keys and wrong secrets are refused, names of object members among them', async () => {
  const { server } = await withObject();
  const list = (accessKeyId: string, secretAccessKey: string) =>
    new S3Client({
      endpoint: server.url,
      forcePathStyle: true,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    }).send(new ListObjectsV2Command({ Bucket: BUCKET }));
  await expect(list('local', 'wrong')).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  await expect(list('nobody', KEYS.local)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  for (const name of ['constructor', '__proto__', 'toString'])
    await expect(list(name, String(Object.prototype[name as keyof object]))).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
    });
});

test('a clock that is off by an hour is named', async () => {
  const { server } = await runServer();
  const s3 = new S3Client({
    endpoint: server.url,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: KEYS.local },
    systemClockOffset: 3_600_000,
    maxAttempts: 1,
  });
  await expect(s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))).rejects.toMatchObject({
    name: 'RequestTimeTooSkewed',
  });
});

test('a path that cannot be decoded is a bad request', async () => {
  const { server } = await runServer();
  const status = await new Promise((resolve, reject) => {
    http
      .get({ port: server.port, path: `/${BUCKET}/%zz` }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
      .on('error', reject);
  });
  expect(status).toBe(400);
});

test('the refusal does not repeat the signature it refused', async () => {
  const { s3 } = await runServer();
  const url = await getSignedUrl(s3, new GetObjectCommand(object));
  const answer = await fetch(url);
  expect(answer.status).toBe(404);
  expect(await answer.text()).not.toContain('X-Amz-Signature');
});
