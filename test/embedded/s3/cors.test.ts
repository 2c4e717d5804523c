import {
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from 'vitest';
import { runServer } from './embedded-server.ts';
import { BUCKET } from './server-settings.ts';

const ORIGIN = 'https://app.example';

async function allow(s3: S3Client, AllowedOrigins: string[]) {
  const rule = {
    AllowedMethods: ['GET', 'PUT'],
    AllowedOrigins,
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'Content-Range'],
    MaxAgeSeconds: 3000,
  };
  await s3.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules: [rule] } }));
  return rule;
}

function preflight(url: string, headers: Record<string, string>) {
  return fetch(`${url}/${BUCKET}/key`, { method: 'OPTIONS', headers: { origin: ORIGIN, ...headers } });
}

const ASK_PUT = {
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'Content-Type, x-amz-meta-a',
};

test('a buckets rules are kept, given back and removed', async () => {
  const { s3 } = await runServer();
  const get = () => s3.send(new GetBucketCorsCommand({ Bucket: BUCKET }));
  await expect(get()).rejects.toMatchObject({ name: 'NoSuchCORSConfiguration' });
  const rule = await allow(s3, ['*']);
  expect((await get()).CORSRules).toEqual([rule]);
  await s3.send(new DeleteBucketCorsCommand({ Bucket: BUCKET }));
  await expect(get()).rejects.toMatchObject({ name: 'NoSuchCORSConfiguration' });
});

test('a preflight needs no signature and is told what the rule allows', async () => {
  const { s3, server } = await runServer();
  await allow(s3, ['*']);
  const answer = await preflight(server.url, ASK_PUT);
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'content-type, x-amz-meta-a',
    'access-control-max-age': '3000',
  });
  expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
});

test('a rule for named origins echoes the origin, allows credentials and refuses others', async () => {
  const { s3, server } = await runServer();
  await allow(s3, ['https://*.example', ORIGIN]);
  const answer = await preflight(server.url, ASK_PUT);
  expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  expect(answer.headers.get('vary')).toContain('Origin');
  for (const headers of [
    { ...ASK_PUT, origin: 'https://app.example.evil' },
    { ...ASK_PUT, 'access-control-request-method': 'DELETE' },
  ]) {
    const refused = await preflight(server.url, headers);
    expect(refused.status).toBe(403);
    expect(refused.headers.has('access-control-allow-origin')).toBe(false);
  }
});

test('without rules a preflight is refused; without its headers it is a bad request', async () => {
  const { server } = await runServer();
  expect((await preflight(server.url, ASK_PUT)).status).toBe(403);
  expect((await preflight(server.url, {})).status).toBe(400);
});

test('answers carry the CORS headers, a 403 among them', async () => {
  const { s3, server } = await runServer();
  await allow(s3, ['*']);
  const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'o' }));
  const put = await fetch(url, { method: 'PUT', body: 'x', headers: { origin: ORIGIN } });
  expect(put.status).toBe(200);
  expect(put.headers.get('access-control-expose-headers')).toBe('ETag, Content-Range');
  const refused = await fetch(`${server.url}/${BUCKET}/o`, { headers: { origin: ORIGIN } });
  expect(refused.status).toBe(403);
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
});

test('rules that S3 would not take are refused', async () => {
  const { s3 } = await runServer();
  const put = (rule: { AllowedMethods: string[]; AllowedOrigins: string[] }) =>
    s3.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules: [rule] } }));
  const refused = { name: 'InvalidRequest' };
  await expect(put({ AllowedMethods: ['OPTIONS'], AllowedOrigins: ['*'] })).rejects.toMatchObject(refused);
  await expect(put({ AllowedMethods: ['GET'], AllowedOrigins: ['*.*'] })).rejects.toMatchObject(refused);
});
