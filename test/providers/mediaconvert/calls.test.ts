import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import {
  type MediaConvertOptions,
  mediaConvertTranscoder,
} from '#providers/transcoders/mediaconvert/mediaconvert-transcoder.ts';
import { kindOf, neverSent } from '#providers/transcoders/mediaconvert/service-errors.ts';
import { TranscodeFailure, type TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import {
  type FakeMediaConvert,
  startFakeMediaConvert,
} from '#test/support/mediaconvert/fake-mediaconvert.ts';
import { freePort } from '#test/support/ports.ts';
import { orderOf, PLACE } from './probes.ts';

let fake: FakeMediaConvert;
beforeAll(async () => {
  const { url: endpoint, ...credentials } = inject('s3');
  fake = await startFakeMediaConvert({
    s3: { region: 'us-east-1', endpoint, credentials, vendor: 'embedded' },
  });
  // Nothing is encoded here.
  fake.hold();
});
afterEach(() => fake.faults.clear());
afterAll(() => fake?.close());

const transcoderOf = (options: Partial<MediaConvertOptions> = {}) =>
  mediaConvertTranscoder({
    region: 'us-east-1',
    endpoint: fake.url,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    ...PLACE,
    outputs: { read: () => Promise.reject(new Error('not asked')), keysUnder: async () => new Set() },
    ...options,
  });

const newOrder = (): TranscodeOrder => ({ ...orderOf(), jobId: crypto.randomUUID() });
/** Calls that came while something was done. */
async function callsDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = fake.calls.length;
  await work();
  return fake.calls.slice(before);
}
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test('a throttled service is not asked again, and its wait is passed on', async () => {
  fake.faults.plan({ kind: 'throttled', retryAfterSeconds: 7 });
  const calls = await callsDuring(async () =>
    expect(await refusal(transcoderOf().submit(newOrder()))).toMatchObject({
      name: 'TranscoderUnavailable',
      code: 'transcoder_throttled',
      retryAfterSeconds: 7,
      maybeAccepted: false,
    }),
  );
  expect(calls).toEqual(['CreateJob']);
  fake.faults.plan({ kind: 'throttled' });
  expect(await refusal(transcoderOf().status({ providerJobId: 'x', order: newOrder() }))).toMatchObject({
    code: 'transcoder_throttled',
    retryAfterSeconds: null,
  });
});

test.each(['broken', 'html', 'garbage', 'cut', 'hang'] as const)(
  'a service that is %s twice is unreachable and may have the job; once costs nothing',
  async (kind) => {
    const patient = transcoderOf({ limits: { answerTimeoutMs: kind === 'hang' ? 300 : 10_000 } });
    fake.faults.plan({ kind }, { times: 2 });
    const calls = await callsDuring(async () =>
      expect(await refusal(patient.submit(newOrder()))).toMatchObject({
        name: 'TranscoderUnavailable',
        code: 'transcoder_unreachable',
        maybeAccepted: true,
      }),
    );
    expect(calls).toEqual(['CreateJob', 'CreateJob']);
    fake.faults.plan({ kind });
    expect(await transcoderOf({ limits: { answerTimeoutMs: 2_000 } }).submit(newOrder())).toHaveProperty(
      'providerJobId',
    );
  },
);

test('nobody there: nothing was accepted', async () => {
  const alone = transcoderOf({ endpoint: `http://127.0.0.1:${await freePort()}` });
  expect(await refusal(alone.submit(newOrder()))).toMatchObject({
    code: 'transcoder_unreachable',
    maybeAccepted: false,
  });
});

test('a lost answer is found again by our id, and one that never arrived is not', async () => {
  const transcoder = transcoderOf();
  const order = newOrder();
  fake.faults.plan({ kind: 'lost' }, { times: 2 });
  expect(await refusal(transcoder.submit(order))).toMatchObject({ maybeAccepted: true });
  const jobs = fake.jobs.newestFirst().filter(({ request }) => request.UserMetadata?.jobId === order.jobId);
  expect(jobs).toHaveLength(1);
  expect(await transcoder.findSubmission(order)).toBe(jobs[0]?.id);
  expect(await transcoder.findSubmission(newOrder())).toBeNull();
});

test('the search goes through pages of the queue, and not for ever', async () => {
  const transcoder = transcoderOf();
  const order = newOrder();
  const { providerJobId } = await transcoder.submit(order);
  const others = (count: number, Queue: string) => {
    for (let n = 0; n < count; n += 1)
      fake.jobs.add({ Role: 'r', Queue, Settings: { Inputs: [{ FileInput: '' }] } }, {});
  };
  others(45, PLACE.queueArn);
  others(300, `${PLACE.queueArn}-of-others`);
  const calls = await callsDuring(async () =>
    expect(await transcoder.findSubmission(order)).toBe(providerJobId),
  );
  expect(calls).toEqual(['ListJobs', 'ListJobs', 'ListJobs']);
  others(300, PLACE.queueArn);
  expect(
    await callsDuring(async () => expect(await transcoder.findSubmission(order)).toBeNull()),
  ).toHaveLength(10);
});

test('a role that may not be passed is for people, who read no account number', async () => {
  fake.faults.plan({ kind: 'denied' });
  const error = await refusal(transcoderOf().submit(newOrder()));
  expect(error).toMatchObject({ name: 'TranscoderUnavailable', code: 'transcoder_refused' });
  expect(String(error)).toContain('iam:PassRole');
  expect(String(error)).not.toMatch(/\d{12}|arn:aws/);
});

test('a request that the service does not take fails for good, with its words', async () => {
  const order = newOrder();
  const [rung] = order.ladder;
  const odd = { ...order, ladder: rung ? [{ ...rung, width: 1919 }] : [] };
  const error = await refusal(transcoderOf().submit(odd));
  expect(error).toBeInstanceOf(TranscodeFailure);
  expect(error).toMatchObject({ isFinal: true, message: expect.stringContaining('must be even') });
});

test('a submission that failed may be made again in the same process', async () => {
  const transcoder = transcoderOf();
  const order = newOrder();
  fake.faults.plan({ kind: 'throttled' });
  await refusal(transcoder.submit(order));
  const first = await transcoder.submit(order);
  expect(await callsDuring(async () => expect(await transcoder.submit(order)).toEqual(first))).toEqual([]);
});

test('a job that the service has forgotten is unknown, and canceling it is no error', async () => {
  const transcoder = transcoderOf();
  const order = newOrder();
  const { providerJobId } = await transcoder.submit(order);
  expect(await transcoder.status({ providerJobId, order })).toEqual({ state: 'running', progressPercent: 0 });
  fake.jobs.forget(providerJobId);
  expect(await transcoder.status({ providerJobId, order })).toEqual({ state: 'unknown' });
  await transcoder.cancel(providerJobId);
  fake.faults.plan({ kind: 'throttled' });
  expect(await refusal(transcoder.cancel(providerJobId))).toMatchObject({ code: 'transcoder_throttled' });
});

test('canceling twice is no error', async () => {
  const transcoder = transcoderOf();
  const order = newOrder();
  const { providerJobId } = await transcoder.submit(order);
  await transcoder.cancel(providerJobId);
  await transcoder.cancel(providerJobId);
  expect(await transcoder.status({ providerJobId, order })).toEqual({ state: 'canceled' });
});

test('a machine without credentials has to be mended by people; nothing was sent', () => {
  const error = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
  expect([kindOf(error), neverSent(error)]).toEqual(['refused', true]);
});
