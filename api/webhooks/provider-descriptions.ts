import { createRoute, z } from '@hono/zod-openapi';
import { jsonBody } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';

const TAKEN = {
  description: 'Taken. Duplicates, late ones and what concerns nothing of ours are answered the same.',
};
const REFUSALS = problems(
  'malformed_json',
  'unauthenticated',
  'not_found',
  'body_too_large',
  'invalid_request',
);

const CoconutEvent = z.looseObject({}).openapi('CoconutEvent', {
  description:
    'A notification of Coconut API v2: `input.transferred`, `output.completed`, `output.failed`, `job.completed`, `job.failed`.',
  example: {
    job_id: 'S9BkOufdntiPR9',
    event: 'output.completed',
    metadata: true,
    data: {
      type: 'httpstream',
      status: 'httpstream.packaged',
      progress: '80%',
      key: 'hls',
      urls: [{ format: 'hls', url: 'https://media.nyc3.digitaloceanspaces.com/videos/1/hls/2/master.m3u8' }],
    },
  },
});

/** Only describes: the adapter reads the request. */
export const coconutRoute = createRoute({
  tags: ['Webhooks'],
  security: [{ coconutSecret: [] }],
  method: 'post',
  path: '/webhooks/coconut',
  operationId: 'receiveCoconutEvent',
  summary: 'Coconut tells of a job',
  description:
    'A hint: progress is kept, and an end has Coconut itself asked how the job stands. The notification URL of each job names our submission and carries a secret of its own.',
  request: {
    query: z.object({
      submission: z.uuid().openapi({ description: 'Which of our submissions it is about.' }),
    }),
    body: jsonBody(CoconutEvent),
  },
  responses: { 204: TAKEN, ...REFUSALS },
});

const MediaConvertEvent = z.looseObject({}).openapi('MediaConvertEvent', {
  description:
    '"MediaConvert Job State Change" of EventBridge, the whole event. Those of other queues are passed over.',
  example: {
    version: '0',
    id: '5e5a2f1c-7b0e-4f0c-9a53-3c1f1f6f0a11',
    'detail-type': 'MediaConvert Job State Change',
    source: 'aws.mediaconvert',
    account: '111122223333',
    time: '2026-11-21T19:21:21Z',
    region: 'eu-central-1',
    resources: ['arn:aws:mediaconvert:eu-central-1:111122223333:jobs/1671477617078-2886ye'],
    detail: {
      timestamp: 1671477681737,
      accountId: '111122223333',
      queue: 'arn:aws:mediaconvert:eu-central-1:111122223333:queues/Default',
      jobId: '1671477617078-2886ye',
      status: 'STATUS_UPDATE',
      userMetadata: { jobId: '0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10' },
      jobProgress: { jobPercentComplete: 7, currentPhase: 'TRANSCODING' },
    },
  },
});

/** Only describes: the adapter reads the request. */
export const mediaConvertRoute = createRoute({
  tags: ['Webhooks'],
  security: [{ mediaConvertSecret: [] }],
  method: 'post',
  path: '/webhooks/mediaconvert',
  operationId: 'receiveMediaConvertEvent',
  summary: 'MediaConvert tells of a job',
  description:
    'Events by an EventBridge API destination. A hint: progress is kept, and an end has MediaConvert itself asked. The same event twice is taken once.',
  request: { body: jsonBody(MediaConvertEvent) },
  responses: { 204: TAKEN, ...REFUSALS },
});
