import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mediaConvertTranscoder } from '#providers/transcoders/mediaconvert/mediaconvert-transcoder.ts';
import { NotificationMalformed, NotificationRejected } from '#providers/transcoders/transcoder.ts';
import { COMPLETE, event, PROVIDER_JOB_ID, STATUS_UPDATE } from './payloads.ts';
import { JOB_ID, PLACE } from './probes.ts';

const SECRET = 'a-secret-that-eventbridge-sends-with-each-event';

const transcoderWith = (options: { webhookSecret?: string; queueArn?: string | undefined } = {}) =>
  mediaConvertTranscoder({
    region: 'us-east-1',
    ...PLACE,
    webhookSecret: SECRET,
    outputs: { read: () => Promise.reject(new Error('not asked')), keysUnder: async () => new Set() },
    ...options,
  });

const transcoder = transcoderWith();

const read = (
  body: unknown,
  headers: Record<string, string> = { 'x-sluice-secret': SECRET },
  by = transcoder,
) =>
  by.parseNotification({
    url: new URL('https://video.example.com/webhooks/mediaconvert'),
    headers: new Headers(headers),
    rawBody: typeof body === 'string' ? body : JSON.stringify(body),
  });

const told = { eventId: event('').id, jobId: JOB_ID, providerJobId: PROVIDER_JOB_ID };

test('a status update moves the number', async () => {
  expect(await read(event('STATUS_UPDATE', STATUS_UPDATE))).toEqual({
    ...told,
    kind: 'progress',
    progressPercent: 7,
  });
});

test.each([
  ['COMPLETE', COMPLETE],
  ['ERROR', { errorCode: 1040, errorMessage: 'Example error message' }],
  ['CANCELED', {}],
])('%s has the service asked how the job stands', async (status, detail) => {
  expect(await read(event(status, detail))).toEqual({ ...told, kind: 'ended', progressPercent: null });
});

test('what is absent is no error', async () => {
  expect(await read(event('PROGRESSING'))).toMatchObject({ kind: 'progress', progressPercent: null });
  expect(await read(event('STATUS_UPDATE'))).toMatchObject({ progressPercent: null });
  expect(await read(event('STATUS_UPDATE', { jobProgress: { jobPercentComplete: null } }))).toMatchObject({
    progressPercent: null,
  });
  expect(await read(event('COMPLETE', { outputGroupDetails: [{ type: 'CMAF_GROUP' }] }))).toMatchObject({
    kind: 'ended',
  });
});

test.each([
  ['an event that moves nothing', event('INPUT_INFORMATION')],
  ['a warning', event('NEW_WARNING')],
  ['a hop to another queue', event('QUEUE_HOP')],
  ['a status that does not exist yet', event('THINKING')],
  ['another queue', event('COMPLETE', { queue: `${PLACE.queueArn}-of-others` })],
  ['another service', event('COMPLETE', {}, { source: 'aws.s3' })],
  ['another kind of event', event('COMPLETE', {}, { 'detail-type': 'AWS API Call via CloudTrail' })],
  ['another application in the queue', event('COMPLETE', { userMetadata: {} })],
  ['metadata that is not ours', event('COMPLETE', { userMetadata: { jobId: 'batch-17' } })],
  ['no metadata at all', event('COMPLETE', { userMetadata: null })],
  ['no job', event('COMPLETE', { jobId: undefined })],
])('%s concerns nobody here', async (_, body) => {
  expect(await read(body)).toBeNull();
});

test('without a queue of its own the deployment hears all of them', async () => {
  const all = transcoderWith({ queueArn: undefined });
  const body = event('COMPLETE', { queue: 'arn:aws:mediaconvert:us-east-1:111122223333:queues/Default' });
  expect(await read(body, { 'x-sluice-secret': SECRET }, all)).toMatchObject({ jobId: JOB_ID });
});

test.each([
  ['no secret', {}],
  ['another secret', { 'x-sluice-secret': `${SECRET}x` }],
  ['a part of it', { 'x-sluice-secret': SECRET.slice(1) }],
  ['an empty one', { 'x-sluice-secret': '' }],
  ['another scheme', { authorization: `Basic ${SECRET}` }],
])('%s is rejected before the body is looked at', async (_, headers: Record<string, string>) => {
  await expect(read('no JSON', headers)).rejects.toThrow(NotificationRejected);
});

test('the secret may come as a bearer token', async () => {
  expect(await read(event('COMPLETE'), { authorization: `Bearer ${SECRET}` })).toMatchObject({
    kind: 'ended',
  });
});

test('where no secret is set, everything is rejected', async () => {
  const { webhookSecret: _, ...rest } = { webhookSecret: SECRET, region: 'us-east-1', ...PLACE };
  const open = mediaConvertTranscoder({
    ...rest,
    outputs: { read: () => Promise.reject(new Error('not asked')), keysUnder: async () => new Set() },
  });
  await expect(read(event('COMPLETE'), {}, open)).rejects.toThrow(NotificationRejected);
  await expect(read(event('COMPLETE'), { 'x-sluice-secret': 'undefined' }, open)).rejects.toThrow(
    NotificationRejected,
  );
});

test.each([
  '',
  'null',
  '[]',
  '"text"',
  '{',
  '{}',
  '{"id":"a","source":"aws.mediaconvert"}',
  '{"id":1,"source":"a","detail":{}}',
])('%j is no event', async (body) => {
  await expect(read(body)).rejects.toThrow(NotificationMalformed);
});

test('whatever JSON comes, it is an event, nothing of ours, or malformed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.json(),
        fc
          .record({ detail: fc.object(), status: fc.string() })
          .map(({ detail, status }) => JSON.stringify(event(status, detail))),
      ),
      async (body) => {
        const result = await read(body).catch((error: unknown) => {
          expect(error).toBeInstanceOf(NotificationMalformed);
          return null;
        });
        if (result) expect(result.jobId).toBe(JOB_ID);
      },
    ),
  );
});
