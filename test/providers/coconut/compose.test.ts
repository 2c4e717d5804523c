import { expect, test } from 'vitest';
import { composeCoconut } from '#bootstrap/coconut.ts';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { s3From } from '#bootstrap/config-settings.ts';
import type { Log } from '#domain/context.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import { orderOf } from '#test/providers/ffmpeg/builders.ts';
import { validateJob } from '#test/support/coconut/job-validation.ts';
import { answering, basic, plainServer } from './plain-server.ts';

const ENV = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  JWT_SECRET: 'a-secret-of-the-tests-that-is-long-enough',
  S3_REGION: 'us-east-1',
  S3_SOURCE_BUCKET: 'sources',
  S3_MEDIA_BUCKET: 'media',
  S3_ACCESS_KEY_ID: 'platform-key',
  S3_SECRET_ACCESS_KEY: 'platform-secret',
  PUBLIC_URL: 'https://api.example.com/',
};
const COCONUT = {
  COCONUT_API_KEY: 'k-composed',
  COCONUT_WEBHOOK_SECRET: 'webhook-secret-of-the-tests-0123456789',
  COCONUT_STORAGE_ACCESS_KEY_ID: 'coconut-key',
  COCONUT_STORAGE_SECRET_ACCESS_KEY: 'coconut-secret',
};
const SPACES = { S3_ENDPOINT: 'https://fra1.digitaloceanspaces.com' };
const R2 = { S3_ENDPOINT: 'https://a.r2.cloudflarestorage.com', S3_REGION: 'auto' };

const warnings: string[] = [];
const log: Log = { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} };

function composed(env: Readonly<Record<string, string>>) {
  const config = completeConfig(loadConfig({ ...ENV, ...env }));
  const connection = s3Connection(s3From(config));
  const [sources, media] = [connection.store('sources'), connection.store('media')];
  return composeCoconut(config, { sources, media, log });
}

async function submittedJob(env: Readonly<Record<string, string>>) {
  await using server = await plainServer(answering(201, '{"id":"one"}'));
  const transcoder = composed({ ...COCONUT, COCONUT_ENDPOINT: `${server.endpoint}/`, ...env });
  await transcoder?.submit(orderOf({ outputPrefix: 'videos/v/hls/1/' }));
  const [seen] = server.seen;
  expect(seen).toMatchObject({ path: '/v2/jobs', authorization: basic('k-composed') });
  return validateJob(JSON.parse(seen?.body ?? ''));
}

test('where no key is set Coconut is not used', () => {
  expect(composed({})).toBeNull();
});

test.each([
  ['Spaces', SPACES, { service: 'dospaces', region: 'fra1', acl: 'public-read' }],
  ['AWS', {}, { service: 's3', region: 'us-east-1', acl: 'bucket-owner-full-control' }],
  ['R2', R2, { service: 's3other', region: 'auto', endpoint: R2.S3_ENDPOINT, force_path_style: true }],
  [
    'a server that is known to clients by another address',
    { S3_ENDPOINT: 'http://minio:9000', S3_VENDOR: 'minio', S3_PUBLIC_ENDPOINT: 'https://s3.example.com' },
    { service: 's3other', endpoint: 'https://s3.example.com', force_path_style: true },
  ],
  [
    'a name that the operator has given',
    { ...SPACES, COCONUT_STORAGE: 's3other', S3_FORCE_PATH_STYLE: 'false' },
    { service: 's3other', endpoint: SPACES.S3_ENDPOINT, force_path_style: false },
  ],
])('storage at %s', async (_, env, storage) => {
  const job = await submittedJob(env);
  expect(job.storage).toMatchObject({
    ...storage,
    bucket: 'media',
    credentials: { access_key_id: 'coconut-key', secret_access_key: 'coconut-secret' },
  });
  expect(JSON.stringify(job)).not.toContain('platform-secret');
});

test('the source is signed for six hours at least, the webhook named below PUBLIC_URL', async () => {
  const { inputUrl, notification } = await submittedJob({ ...SPACES, S3_REGION: 'us-east-1' });
  const input = new URL(inputUrl);
  expect(input.host).toBe('sources.fra1.digitaloceanspaces.com');
  expect(Number(input.searchParams.get('X-Amz-Expires'))).toBeGreaterThanOrEqual(6 * 3600);
  expect(notification.url).toMatch(
    /^https:\/\/api\.example\.com\/webhooks\/coconut\?submission=job&secret=[\w-]{43}$/,
  );
});

test('an address that Coconut cannot call back is said at start', () => {
  warnings.length = 0;
  composed({ ...COCONUT, ...SPACES });
  expect(warnings).toEqual([]);
  composed({ ...COCONUT, ...SPACES, PUBLIC_URL: 'http://localhost:4000' });
  expect(warnings).toEqual([expect.stringContaining('PUBLIC_URL')]);
});
