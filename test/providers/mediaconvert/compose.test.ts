import nock from 'nock';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { composeMediaConvert } from '#bootstrap/mediaconvert.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { s3ObjectStore } from '#providers/storage/s3-object-store.ts';
import { requestSchema } from '#test/support/mediaconvert/request-schema.ts';
import { orderOf, PLACE } from './probes.ts';

const ENV = {
  DATABASE_URL: 'postgres://localhost/none',
  S3_REGION: 'eu-central-1',
  S3_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  S3_SECRET_ACCESS_KEY: 'secret',
  S3_SOURCE_BUCKET: 'sources',
  S3_MEDIA_BUCKET: 'media',
  JWT_SECRET: 'a-secret-of-the-tests-that-is-long-enough',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  PUBLIC_URL: 'https://video.example.com',
};

/** Never asked. */
const media: ObjectStore = s3ObjectStore({ region: 'eu-central-1', bucket: 'media' });
const composed = (env: Record<string, string>) =>
  composeMediaConvert(completeConfig(loadConfig({ ...ENV, ...env })), { media });

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

test('without a role there is no MediaConvert', () => {
  expect(composed({})).toBeNull();
});

test.each([
  [{}, 'https://mediaconvert.eu-central-1.amazonaws.com'],
  [{ MEDIACONVERT_REGION: 'us-west-2' }, 'https://mediaconvert.us-west-2.amazonaws.com'],
  [{ MEDIACONVERT_ENDPOINT: 'http://mediaconvert.internal:4566' }, 'http://mediaconvert.internal:4566'],
])('with %j it calls %s with the keys of storage', async (env: Record<string, string>, host) => {
  let sent: { role?: string; queue?: string } = {};
  nock(host, { reqheaders: { authorization: /Credential=AKIAEXAMPLE\// } })
    .post('/2017-08-29/jobs', (body) => {
      sent = body;
      return true;
    })
    .reply(201, { job: { id: '1671477617078-2886ye' } });
  const transcoder = composed({
    MEDIACONVERT_ROLE_ARN: PLACE.roleArn,
    MEDIACONVERT_QUEUE_ARN: PLACE.queueArn,
    ...env,
  });
  expect(transcoder?.name).toBe('mediaconvert');
  expect(await transcoder?.submit(orderOf())).toEqual({ providerJobId: '1671477617078-2886ye' });
  expect(sent).toMatchObject({ role: PLACE.roleArn, queue: PLACE.queueArn });
  const schema = requestSchema();
  expect(schema.problems(schema.fromWire(sent))).toEqual([]);
});
