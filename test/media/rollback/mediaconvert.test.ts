import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MediaConvertDeployment, mediaConvertDeployment } from '../mediaconvert/deployment.ts';
import { playedStream } from '../mediaconvert/played-stream.ts';
import { followRollbackPlan } from './rollback-plan.ts';

let deployment: MediaConvertDeployment;
beforeAll(async () => {
  deployment = await mediaConvertDeployment({ MAX_ACTIVE_JOBS_PER_OWNER: '1' });
});
afterAll(() => deployment?.close());

test('the rollback plan, from its first step to its last, with MediaConvert at work', async () => {
  const { pipeline, fake } = deployment;
  let release = () => {};
  const { spoiltId } = await followRollbackPlan({
    pipeline,
    hold: () => {
      release = fake.hold();
    },
    mend: () => release(),
    play: playedStream,
  });
  const jobs = fake.jobs.newestFirst().filter(({ request }) => request.UserMetadata?.videoId === spoiltId);
  expect(jobs.map(({ status }) => status)).toEqual(['COMPLETE', 'CANCELED']);
});
