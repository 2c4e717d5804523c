import { describe, expect, onTestFinished, test } from 'vitest';
import { prepareBuckets } from '#providers/storage/prepare-buckets.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import type { S3Options } from '#providers/storage/s3-server.ts';
import { type Answer, s3Error, scriptedServer } from './faulty-servers.ts';
import { EMBEDDED_KEY, startTestS3 } from './s3-subjects.ts';

const BUCKETS = { sourceBucket: 'sources', mediaBucket: 'media', corsOrigins: ['https://app.example'] };
const THERE: Answer = { status: 200 };

function connect(endpoint: string, options: Partial<S3Options> = {}) {
  const connection = s3Connection({
    region: 'us-east-1',
    endpoint,
    credentials: EMBEDDED_KEY,
    vendor: 'embedded',
    limits: { retryDelayMs: 1 },
    ...options,
  });
  onTestFinished(() => connection.close());
  return connection;
}

async function embedded() {
  const s3 = await startTestS3([]);
  onTestFinished(() => s3.close());
  return connect(s3.url);
}

function preflight(url: string, origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'content-type,content-md5',
  };
  return fetch(url, { method: 'OPTIONS', headers });
}

describe('on a server that allows it', () => {
  test('missing buckets are made, and doing it again or twice at once changes nothing', async () => {
    const connection = await embedded();
    expect(
      await Promise.all([prepareBuckets(connection, BUCKETS), prepareBuckets(connection, BUCKETS)]),
    ).toEqual([[], []]);
    expect(await prepareBuckets(connection, BUCKETS)).toEqual([]);
    for (const name of ['sources', 'media'])
      await connection.store(name).put('a', 'b', { contentType: 'text/plain' });
  });

  test('a page of an allowed origin may PUT and read the ETag, others may not', async () => {
    const connection = await embedded();
    await prepareBuckets(connection, BUCKETS);
    const { url } = await connection.store('sources').presignPut('key', { urlTtlSeconds: 60 });
    const allowed = await preflight(url, 'https://app.example');
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(allowed.headers.get('access-control-max-age')).toBe('3600');
    expect((await preflight(url, 'https://evil.example')).status).toBe(403);
    const stored = await fetch(url, { method: 'PUT', body: 'x', headers: { origin: 'https://app.example' } });
    expect(stored.headers.get('access-control-expose-headers')).toMatch(/ETag.*Location/);
  });

  test('origins added later are allowed too', async () => {
    const connection = await embedded();
    await prepareBuckets(connection, BUCKETS);
    await prepareBuckets(connection, { ...BUCKETS, corsOrigins: ['*'] });
    const { url } = await connection.store('sources').presignPut('key', { urlTtlSeconds: 60 });
    expect((await preflight(url, 'https://elsewhere.example')).status).toBe(200);
  });

  test('rules that already allow it are left alone', async () => {
    const rules =
      '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>' +
      '<AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>POST</AllowedMethod>' +
      '<AllowedHeader>*</AllowedHeader><ExposeHeader>*</ExposeHeader></CORSRule></CORSConfiguration>';
    await using server = await scriptedServer(
      THERE,
      THERE,
      { status: 200, body: rules },
      s3Error(500, 'Oops'),
    );
    expect(await prepareBuckets(connect(server.url), BUCKETS)).toEqual([]);
    expect(server.requests).toHaveLength(3);
  });
});

describe('a media bucket that players read themselves', () => {
  const PUBLIC = { ...BUCKETS, mediaIsPublic: true };

  test('lets any page read, and no page write', async () => {
    const connection = await embedded();
    expect(await prepareBuckets(connection, PUBLIC)).toEqual([]);
    const { url } = await connection.store('media').presignGet('key', { urlTtlSeconds: 60 });
    const asking = (method: string) =>
      fetch(url, {
        method: 'OPTIONS',
        headers: { origin: 'https://anywhere.example', 'access-control-request-method': method },
      });
    expect((await asking('GET')).headers.get('access-control-allow-origin')).toBe('*');
    expect((await asking('PUT')).status).toBe(403);
  });

  test('is made without an ACL of its own, so that nobody may list it, and is not complained of', async () => {
    const connection = await embedded();
    expect(await prepareBuckets(connection, PUBLIC)).toEqual([]);
    const { endpoint = '' } = connection.server;
    for (const bucket of ['sources', 'media'])
      expect((await fetch(`${endpoint}/${bucket}?list-type=2`)).status).toBe(403);
  });

  test('which anybody may list is a notice: the token in a key protects nothing then', async () => {
    const rules =
      '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>';
    await using server = await scriptedServer({ status: 200, body: rules });
    const notices = await prepareBuckets(connect(server.url), PUBLIC);
    for (const bucket of ['sources', 'media'])
      expect(notices).toContainEqual(expect.stringContaining(`anybody may list bucket ${bucket}`));
    expect(await prepareBuckets(connect(server.url), BUCKETS)).toEqual([]);
  });
});

describe('what cannot be done is said in one line', () => {
  test('a server without CORS per bucket is a notice', async () => {
    const notice = 'this server has no CORS per bucket: allow https://app.example in its own configuration';
    await using server = await scriptedServer(THERE, THERE, s3Error(501, 'NotImplemented'));
    expect(await prepareBuckets(connect(server.url), BUCKETS)).toEqual([notice]);
    await using minio = await scriptedServer(THERE);
    expect(await prepareBuckets(connect(minio.url, { vendor: 'minio' }), BUCKETS)).toContain(notice);
  });

  test('a key that may not touch CORS is a notice with the command', async () => {
    await using server = await scriptedServer(THERE, THERE, s3Error(403, 'AccessDenied'));
    const [notice] = await prepareBuckets(connect(server.url), BUCKETS);
    expect(notice).toMatch(
      /run: aws s3api put-bucket-cors --bucket sources --cors-configuration '\{.*\}' --region/,
    );
  });

  test('a bucket that is missing and may not be made is an error with the command', async () => {
    await using server = await scriptedServer({ status: 404 }, s3Error(403, 'AccessDenied'));
    await expect(
      prepareBuckets(connect(server.url, { vendor: 'aws', region: 'eu-west-1' }), BUCKETS),
    ).rejects.toMatchObject({
      code: 'access_refused',
      message:
        'bucket sources is missing and was not made (storage refused the access key: it may not call CreateBucket on ' +
        'bucket sources); run: aws s3api create-bucket --bucket sources --create-bucket-configuration ' +
        `LocationConstraint=eu-west-1 --region eu-west-1 --endpoint-url ${server.url}`,
    });
  });

  test('a bucket of somebody else is an error', async () => {
    await using server = await scriptedServer({ status: 404 }, s3Error(409, 'BucketAlreadyExists'));
    await expect(prepareBuckets(connect(server.url), BUCKETS)).rejects.toMatchObject({ code: 'rejected' });
  });

  test('a server that is down is an error, not a missing bucket', async () => {
    await expect(
      prepareBuckets(connect('http://127.0.0.1:9', { limits: { attempts: 2, retryDelayMs: 1 } }), BUCKETS),
    ).rejects.toMatchObject({ code: 'unavailable' });
  });
});
