import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { fetchStream } from '../pipeline/published-stream.ts';
import { troubledStorage } from '../pipeline/troubled-storage.ts';
import { followRollbackPlan } from './rollback-plan.ts';

const trouble = troubledStorage();
const invalidated: string[] = [];
let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({
    replace: (shared) => ({
      ...trouble.replace(shared),
      delivery: {
        ...shared.delivery,
        name: 'cloudfront',
        invalidate: async (prefix) => void invalidated.push(prefix),
      },
    }),
  });
});
afterAll(async () => {
  trouble.reset();
  await pipeline?.close();
});

test('the rollback plan, from its first step to its last, with FFmpeg at work', async () => {
  const { invalidated: answer } = await followRollbackPlan({
    pipeline,
    hold: () => trouble.hold(),
    mend: () => trouble.release(),
    play: (video) => fetchStream(pipeline, video),
  });
  expect(answer).toMatchObject({ isCached: true, delivery: 'cloudfront' });
  expect(invalidated).toContain(answer.prefix);
});
