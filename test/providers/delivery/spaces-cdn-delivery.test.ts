import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryError } from '#providers/delivery/delivery.ts';
import { type SpacesCdnOptions, spacesCdnDelivery } from '#providers/delivery/spaces-cdn-delivery.ts';
import { deliveryContract } from '#test/contract/delivery.contract.ts';

const HOST = 'https://api.digitalocean.com';
const CALL = '/v2/cdn/endpoints/19f06b6a-3ace-4315-b086-499a0e521b76/cache';
const TOKEN = 'dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
const PREFIX = 'videos/01a1fe5d-2e07-7330-b1f0-bfa8aea7e89b/';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

function spacesCdn(options: Partial<SpacesCdnOptions> = {}) {
  return spacesCdnDelivery({
    url: 'https://sluice-media.fra1.cdn.digitaloceanspaces.com',
    endpointId: '19f06b6a-3ace-4315-b086-499a0e521b76',
    token: TOKEN,
    patience: { attempts: 2, retryDelayMs: 1, pauseMaxMs: 3000 },
    batches: { gatherMs: 1, intervalMs: 0 },
    ...options,
  });
}

type Step = readonly [status: number, body?: object, headers?: Record<string, string>];

/** Answers by script, the last answer for ever, and keeps what was asked. */
function answering(...script: readonly Step[]): { files: string[][]; authorizations: (string | null)[] } {
  const asked = { files: [] as string[][], authorizations: [] as (string | null)[] };
  nock(HOST)
    .persist()
    .delete(CALL)
    .reply(async (request: Request) => {
      asked.files.push(((await request.json()) as { files: string[] }).files);
      asked.authorizations.push(request.headers.get('authorization'));
      const [status, body, headers] = script[Math.min(asked.files.length, script.length) - 1] ?? [500];
      return [status, body ?? '', headers ?? {}];
    });
  return asked;
}

deliveryContract('the Spaces CDN', () => {
  answering([204]);
  return spacesCdn();
});

describe('what is ordered', () => {
  test('one wildcard for everything under a prefix, with the token where it belongs', async () => {
    const asked = answering([204]);
    await spacesCdn().invalidate(PREFIX);
    expect(asked).toEqual({ files: [[`${PREFIX}*`]], authorizations: [`Bearer ${TOKEN}`] });
  });

  test.each(['videos/a b/', 'videos/ä/', 'videos/100%/', 'videos/a+b/', ''])(
    'the prefix "%s" goes as it is in the bucket',
    async (prefix) => {
      const { files } = answering([204]);
      await spacesCdn().invalidate(prefix);
      expect(files).toEqual([[`${prefix}*`]]);
    },
  );

  test('what is asked for at once goes in few calls of few files, one call at a time', async () => {
    const { files } = answering([204]);
    const delivery = spacesCdn();
    const prefixes = Array.from({ length: 12 }, (_, index) => `videos/${String.fromCharCode(97 + index)}/`);
    await Promise.all([...prefixes, ...prefixes].map((prefix) => delivery.invalidate(prefix)));
    expect(files.map((batch) => batch.length)).toEqual([5, 5, 2]);
    expect(files.flat()).toEqual(prefixes.map((prefix) => `${prefix}*`));
  });
});

describe('when DigitalOcean does not take the order', () => {
  const TOO_MANY = { id: 'too_many_requests', message: 'API Rate limit exceeded.' };

  test('a short wait is waited out', async () => {
    const { files } = answering([429, TOO_MANY, { 'retry-after': '0' }], [204]);
    await spacesCdn().invalidate(PREFIX);
    expect(files).toHaveLength(2);
  });

  test.each([
    ['with a time', { 'retry-after': '37' }, 37],
    ['without one', {}, 10],
  ])(
    'a long wait, %s, is told to the caller, and nobody else asks meanwhile',
    async (_how, headers, seconds) => {
      const { files } = answering([429, TOO_MANY, headers]);
      const delivery = spacesCdn();
      expect(await failure(delivery.invalidate(PREFIX))).toMatchObject({ retryAfterSeconds: seconds });
      expect(await failure(delivery.invalidate('videos/other/'))).toMatchObject({
        retryAfterSeconds: seconds,
      });
      expect(files).toHaveLength(1);
    },
  );

  test.each([500, 503, 409])('%i is tried again', async (status) => {
    const { files } = answering([status, { id: 'server_error', message: 'Unexpected' }], [204]);
    await spacesCdn().invalidate(PREFIX);
    expect(files).toHaveLength(2);
  });

  test('a cut connection is told as such, by its code alone', async () => {
    nock(HOST)
      .persist()
      .delete(CALL)
      .replyWithError(Object.assign(new Error(TOKEN), { code: 'ECONNRESET' }));
    const error = await failure(spacesCdn().invalidate(PREFIX));
    expect(error).toMatchObject({ retryAfterSeconds: 1 });
    expect(error.message).toContain('DigitalOcean does not answer');
    expect(everythingOf(error)).not.toContain(TOKEN);
  });

  test.each([
    [401, { id: 'Unauthorized', message: `Unable to authenticate you ${TOKEN}` }, 'SPACES_CDN_TOKEN'],
    [403, { id: 'Forbidden', message: 'You are not authorized to perform this operation' }, 'cdn:delete'],
    [
      404,
      { id: 'not_found', message: 'The resource you requested could not be found.' },
      'SPACES_CDN_ENDPOINT_ID',
    ],
    [422, { id: 'unprocessable_entity', message: 'files is invalid' }, '422'],
  ])('%i is final and says what to look at, without the token', async (status, body, hint) => {
    const { files } = answering([status, body]);
    const error = await failure(spacesCdn().invalidate(PREFIX));
    expect(error.message).toContain(hint);
    expect(error.retryAfterSeconds).toBeNull();
    expect(everythingOf(error)).not.toContain(TOKEN);
    expect(files).toHaveLength(1);
  });

  test('a redirect is not followed with the token', async () => {
    nock(HOST).delete(CALL).reply(302, '', { location: 'https://elsewhere.example/' });
    const elsewhere = nock('https://elsewhere.example').delete('/').reply(204);
    await failure(
      spacesCdn({ patience: { attempts: 1, retryDelayMs: 1, pauseMaxMs: 1 } }).invalidate(PREFIX),
    );
    expect(elsewhere.isDone()).toBe(false);
  });
});

function everythingOf(error: DeliveryError): string {
  return `${error.message} ${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`;
}

function failure(promise: Promise<void>): Promise<DeliveryError> {
  return promise.then(
    () => Promise.reject(new Error('it was taken')),
    (error: DeliveryError) => error,
  );
}
