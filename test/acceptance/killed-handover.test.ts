import { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { transaction } from '#domain/transaction.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import { type Fault, hold, lostAnswer } from '#test/support/faults.ts';
import {
  type FakeMediaConvert,
  startFakeMediaConvert,
} from '#test/support/mediaconvert/fake-mediaconvert.ts';
import { rowsOf } from './attempts.ts';
import { type Deployment, openDeployment } from './deployment.ts';

const CREATE = { method: 'POST', url: /\/jobs$/, times: 9 };

/** The service has taken the job, and its answer is still on its way when the worker is gone. */
const unheard: Fault = {
  name: 'unheard',
  meet: (meeting) => lostAnswer.meet({ ...meeting, response: new ServerResponse(meeting.request) }),
};

let fake: FakeMediaConvert;
let wire: FaultProxy;
let deployment: Deployment;
beforeAll(async () => {
  const { url: endpoint, ...credentials } = inject('s3');
  fake = await startFakeMediaConvert({
    s3: { region: 'us-east-1', endpoint, credentials, vendor: 'embedded' },
  });
  wire = await startFaultProxy(fake.url);
  deployment = await openDeployment({
    TRANSCODER: 'mediaconvert',
    MEDIACONVERT_ENDPOINT: wire.url,
    MEDIACONVERT_ROLE_ARN: 'arn:aws:iam::111122223333:role/transcoder',
  });
});
afterAll(async () => {
  await deployment?.[Symbol.asyncDispose]();
  await wire?.close();
  await fake?.close();
});

const jobsOf = (videoId: string) =>
  fake.jobs.newestFirst().filter(({ request }) => request.UserMetadata?.videoId === videoId);
const isHandingOver = async (videoId: string) =>
  (await deployment.attempts(videoId)).some(({ lease_token }) => lease_token !== null);

/** Time passes: a claim is over, an attempt is due to be asked about, and the reconciler looks. */
async function minutesLater(): Promise<void> {
  await rowsOf(
    deployment.databaseUrl,
    `update transcode_jobs set asked_at = null, lease_until = lease_until - interval '10 minutes'
     where state in ('QUEUED', 'RUNNING')`,
  );
  const { em, enqueue } = deployment.platform.context({ kind: 'system' });
  await transaction(em, (tx) => enqueue(tx, 'reconcile', {}, { key: 'reconcile:test' }));
}

async function untilReady(videoId: string): Promise<string> {
  await waitFor(
    'READY',
    async () => {
      await minutesLater();
      return (await deployment.owner.video(videoId)).status === 'READY';
    },
    { timeoutMs: 90_000, everyMs: 1000 },
  );
  return deployment.owner.untilReady(videoId);
}

test('killed with -9 when the provider had taken the job and nobody knew: it is found, not made again', {
  timeout: 180_000,
}, async () => {
  wire.reset();
  wire.plant(unheard, CREATE);
  const doomed = await deployment.startWorker();
  const videoId = await deployment.owner.upload(await makeClip('h264'));
  await waitFor('the job at the provider', async () => jobsOf(videoId).length > 0, { timeoutMs: 60_000 });
  doomed.signal('SIGKILL');
  await doomed.ended;
  expect(await deployment.attempts(videoId)).toMatchObject([{ state: 'QUEUED' }]);
  wire.reset();
  const heir = await deployment.startWorker();
  const streamPath = await untilReady(videoId);
  expect(jobsOf(videoId)).toHaveLength(1);
  expect(await deployment.attempts(videoId)).toMatchObject([{ state: 'SUCCEEDED', failed_before: 0 }]);
  expect(await deployment.owner.play(streamPath)).toBeGreaterThan(2);
  heir.signal('SIGTERM');
  await heir.ended;
});

test('told to stop while the provider has not answered yet, a worker hears the answer before it goes', {
  timeout: 180_000,
}, async () => {
  wire.reset();
  const answering = Promise.withResolvers<void>();
  wire.plant(hold(answering.promise), CREATE);
  const leaving = await deployment.startWorker();
  const videoId = await deployment.owner.upload(await makeClip('h264'));
  await waitFor('the hand-over', () => isHandingOver(videoId), { timeoutMs: 60_000 });
  leaving.signal('SIGTERM');
  answering.resolve();
  await leaving.ended;
  const [job, ...more] = jobsOf(videoId);
  expect(more).toEqual([]);
  expect(await deployment.attempts(videoId)).toMatchObject([{ state: 'RUNNING', provider_job_id: job?.id }]);
});
