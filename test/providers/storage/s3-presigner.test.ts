import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, onTestFinished, test } from 'vitest';
import { s3Connection, s3ObjectStore } from '#providers/storage/s3-object-store.ts';
import type { S3Options } from '#providers/storage/s3-server.ts';
import { vendorOfEndpoint } from '#providers/storage/s3-vendors.ts';

const AWS: S3Options = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
};
const SPACES = { ...AWS, region: 'us-east-1', endpoint: 'https://fra1.digitaloceanspaces.com' };
const LOCAL = { ...AWS, endpoint: 'http://127.0.0.1:9000' };

/** The form in which SigV4 writes times: 20260102T030405Z. */
function dateOf(compact: string): Date {
  return new Date(compact.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function connect(options: S3Options) {
  const connection = s3Connection(options);
  onTestFinished(() => connection.close());
  return connection;
}

test.each([
  ['AWS', AWS, 'https://films.s3.eu-central-1.amazonaws.com/a%20b/c%2Bd.mp4?'],
  [
    'AWS in us-east-1',
    { ...AWS, region: 'us-east-1' },
    'https://films.s3.us-east-1.amazonaws.com/a%20b/c%2Bd.mp4?',
  ],
  ['Spaces', SPACES, 'https://films.fra1.digitaloceanspaces.com/a%20b/c%2Bd.mp4?'],
  ["a server of one's own", LOCAL, 'http://127.0.0.1:9000/films/a%20b/c%2Bd.mp4?'],
  [
    'a public endpoint under a path',
    { ...LOCAL, publicEndpoint: 'https://video.example/s3' },
    'https://video.example/s3/films/a%20b/c%2Bd.mp4?',
  ],
])('URLs for %s name the endpoint that clients reach', async (_name, options, start) => {
  const { url } = await connect(options).store('films').presignPut('a b/c+d.mp4', { urlTtlSeconds: 60 });
  expect(url.slice(0, start.length)).toBe(start);
});

test.each([
  ['AWS', AWS],
  ['Spaces', SPACES],
  ['a path-style server', LOCAL],
])('for %s the signature is the one that the SDK makes', async (_name, options) => {
  const { server, store } = connect(options);
  const key = "odd/ä b+c%20!'()*.mp4";
  const { url } = await store('films').presignPut(key, {
    urlTtlSeconds: 60,
    sizeBytes: 5,
    contentType: 'video/mp4',
  });
  const ours = new URL(url);
  const date = ours.searchParams.get('X-Amz-Date') ?? '';
  const command = new PutObjectCommand({
    Bucket: 'films',
    Key: key,
    ContentLength: 5,
    ContentType: 'video/mp4',
  });
  // The SDK adds a parameter for its own statistics, which is part of what is signed.
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = args as { request: { query: Record<string, string> } };
      delete request.query['x-id'];
      return next(args);
    },
    { step: 'build' },
  );
  const theirs = new URL(
    await getSignedUrl(server.client, command, {
      expiresIn: 60,
      signingDate: dateOf(date),
      signableHeaders: new Set(['content-type', 'content-length', 'host']),
    }),
  );
  expect(Object.fromEntries(ours.searchParams)).toEqual(Object.fromEntries(theirs.searchParams));
  expect(ours.pathname).toBe(theirs.pathname);
  expect(ours.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
});

describe('the life of a URL', () => {
  test('is told to the second', async () => {
    const { url, expiresAt } = await connect(AWS).store('films').presignGet('key', { urlTtlSeconds: 90 });
    const { searchParams } = new URL(url);
    const signedAt = dateOf(searchParams.get('X-Amz-Date') ?? '');
    expect(expiresAt).toEqual(new Date(signedAt.getTime() + 90_000));
    expect(searchParams.get('X-Amz-Expires')).toBe('90');
  });

  test('is not longer than that of the key it was signed with', async () => {
    const connection = connect(AWS);
    const expiration = new Date(Date.now() + 600_000);
    const temporary = { accessKeyId: 'ASIA', secretAccessKey: 'b', sessionToken: 'token', expiration };
    connection.server.client.config.credentials = async () => temporary;
    const { url, expiresAt } = await connection.store('films').presignGet('key', { urlTtlSeconds: 3600 });
    expect(expiresAt.getTime()).toBeLessThanOrEqual(expiration.getTime() - 60_000);
    expect(new URL(url).searchParams.get('X-Amz-Security-Token')).toBe('token');
  });
});

test('a store may have a connection of its own', async () => {
  const store = s3ObjectStore({ ...LOCAL, bucket: 'films' });
  onTestFinished(() => store.close());
  expect(store.bucket).toBe('films');
  expect((await store.presignGet('key', { urlTtlSeconds: 60 })).url).toContain('/films/key?');
});

test.each([
  [undefined, 'aws'],
  ['https://s3.eu-west-1.amazonaws.com', 'aws'],
  ['https://fra1.digitaloceanspaces.com', 'spaces'],
  ['https://abc.r2.cloudflarestorage.com', 'r2'],
  ['https://amazonaws.com.evil.example', 'generic'],
  ['http://127.0.0.1:9000', 'generic'],
])('the vendor of endpoint %s is %s', (endpoint, name) => {
  expect(vendorOfEndpoint(endpoint).name).toBe(name);
});
