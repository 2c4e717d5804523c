import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CloudFrontOptions, cloudFrontDelivery } from '#providers/delivery/cloudfront-delivery.ts';
import type { DeliveryError } from '#providers/delivery/delivery.ts';
import { deliveryContract } from '#test/contract/delivery.contract.ts';
import { cloudFrontError, invalidationCreated, pathsOf, referenceOf } from './cloudfront-answers.ts';

const HOST = 'https://cloudfront.amazonaws.com';
const CALL = '/2020-05-31/distribution/E2EXAMPLE/invalidation';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const PREFIX = 'videos/01a1fe5d-2e07-7330-b1f0-bfa8aea7e89b/';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

function cloudFront(options: Partial<CloudFrontOptions> = {}) {
  return cloudFrontDelivery({
    url: 'https://d111111abcdef8.cloudfront.net',
    distributionId: 'E2EXAMPLE',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: SECRET },
    patience: { attempts: 3, retryDelayMs: 1, pauseMaxMs: 3000 },
    batches: { gatherMs: 1 },
    ...options,
  });
}

/** Answers by script, the last answer for ever, and keeps what was asked. */
function answering(...script: readonly (readonly [number, string])[]): string[] {
  const bodies: string[] = [];
  nock(HOST)
    .persist()
    .post(CALL)
    .reply(async (request: Request) => {
      bodies.push(await request.text());
      const [status, answer] = script[Math.min(bodies.length, script.length) - 1] ?? [500, ''];
      return [status, answer, { 'content-type': 'text/xml' }];
    });
  return bodies;
}

deliveryContract('CloudFront', () => {
  answering([201, invalidationCreated()]);
  return cloudFront();
});

describe('what is ordered', () => {
  test('one wildcard for everything under a prefix, signed, and never the secret', async () => {
    const requests: Request[] = [];
    nock(HOST)
      .post(CALL)
      .reply((request: Request) => {
        requests.push(request);
        return [201, invalidationCreated()];
      });
    await cloudFront().invalidate(PREFIX);
    const [request] = requests;
    expect(pathsOf((await request?.text()) ?? '')).toEqual([`/${PREFIX}*`]);
    const authorization = request?.headers.get('authorization');
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d+\/us-east-1\/cloudfront\//,
    );
    expect(authorization).not.toContain(SECRET);
  });

  test.each([
    ['videos/a b/', '/videos/a%20b/*'],
    ['videos/ä/', '/videos/%C3%A4/*'],
    ['videos/100%/', '/videos/100%25/*'],
    ['videos/a+b&c/', '/videos/a%2Bb%26c/*'],
    ['', '/*'],
  ])('the prefix "%s" is spelled as in the address of a player', async (prefix, expected) => {
    const bodies = answering([201, invalidationCreated()]);
    await cloudFront().invalidate(prefix);
    expect(pathsOf(bodies[0] ?? '')).toEqual([expected]);
  });

  test('a distribution that is reached under a path is told that path', async () => {
    const bodies = answering([201, invalidationCreated()]);
    await cloudFront({ url: 'https://example.com/cdn' }).invalidate(PREFIX);
    expect(pathsOf(bodies[0] ?? '')).toEqual([`/cdn/${PREFIX}*`]);
  });

  test('two orders are two, however soon the second: it is for what was cached after the first', async () => {
    const bodies = answering([201, invalidationCreated()]);
    const delivery = cloudFront();
    await delivery.invalidate(PREFIX);
    await delivery.invalidate(PREFIX);
    const [first, second] = bodies.map(referenceOf);
    expect(second).not.toBe(first);
  });

  test('what is asked for at once goes in few calls, each wildcard once, none under another', async () => {
    const bodies = answering([201, invalidationCreated()]);
    const delivery = cloudFront();
    const prefixes = Array.from({ length: 8 }, (_, index) => `videos/${index}/`);
    await Promise.all(
      [...prefixes, 'videos/3/hls/v/', 'videos/3/'].map((prefix) => delivery.invalidate(prefix)),
    );
    expect(bodies.length).toBeLessThanOrEqual(3);
    expect(Math.max(...bodies.map((body) => pathsOf(body).length))).toBeLessThanOrEqual(5);
    const ordered = bodies.flatMap(pathsOf);
    expect(new Set(ordered).size).toBe(ordered.length);
    for (const prefix of prefixes) expect(ordered).toContain(`/${prefix}*`);
  });
});

describe('when CloudFront does not take the order', () => {
  test.each([
    ['is throttled', 400, 'Throttling', 'Rate exceeded'],
    ['is down', 503, 'ServiceUnavailable', 'CloudFront encountered an internal error. Please try again.'],
  ])('one that %s is asked again with the same reference', async (_when, status, code, message) => {
    const bodies = answering(
      [status, cloudFrontError(code, message)],
      [status, cloudFrontError(code, message)],
      [201, invalidationCreated()],
    );
    await cloudFront().invalidate(PREFIX);
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies.map(referenceOf)).size).toBe(1);
  });

  test('a cut connection is tried again, then named', async () => {
    nock(HOST)
      .persist()
      .post(CALL)
      .replyWithError(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
    expect(await failure(cloudFront().invalidate(PREFIX))).toMatchObject({
      message: expect.stringContaining('CloudFront does not answer'),
      retryAfterSeconds: 1,
    });
  });

  test('a full queue is told to the caller, and nobody else asks in vain meanwhile', async () => {
    const bodies = answering([
      400,
      cloudFrontError(
        'TooManyInvalidationsInProgress',
        'Processing your request will cause you to exceed the maximum number of in-progress wildcard invalidations.',
      ),
    ]);
    const delivery = cloudFront();
    expect(await failure(delivery.invalidate(PREFIX))).toMatchObject({ retryAfterSeconds: 15 });
    expect(await failure(delivery.invalidate('videos/other/'))).toMatchObject({ retryAfterSeconds: 15 });
    expect(bodies).toHaveLength(1);
  });

  test.each([
    [403, 'AccessDenied', 'it may not call cloudfront:CreateInvalidation on distribution E2EXAMPLE'],
    [403, 'SignatureDoesNotMatch', 'CloudFront refused the key (SignatureDoesNotMatch)'],
    [
      404,
      'NoSuchDistribution',
      'CloudFront has no distribution E2EXAMPLE; look at CLOUDFRONT_DISTRIBUTION_ID',
    ],
    [400, 'InvalidArgument', 'CloudFront refused the invalidation: InvalidArgument'],
  ])('%i %s is final and says what to do, without secrets', async (status, code, message) => {
    const bodies = answering([status, cloudFrontError(code, 'The request failed.')]);
    const error = await failure(cloudFront().invalidate(PREFIX));
    expect(error.message).toContain(message);
    expect(error.retryAfterSeconds).toBeNull();
    expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toContain(SECRET);
    expect(bodies).toHaveLength(1);
  });
});

function failure(promise: Promise<void>): Promise<DeliveryError> {
  return promise.then(
    () => Promise.reject(new Error('it was taken')),
    (error: DeliveryError) => error,
  );
}
