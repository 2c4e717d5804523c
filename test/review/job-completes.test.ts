import { afterEach, describe, expect, test } from 'vitest';
import { queueCompletion } from '#domain/upload/queue-completion.ts';
import { runTask, useStage } from '#test/domain/stage.ts';
import { sentPut } from '#test/domain/upload/single-put-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** Storage takes longer over a copy than a client is let wait. */
function slowCopies() {
  stage.tune({ completionAnswerSeconds: 0 });
  stage.gates.sources.copyFrom = () => new Promise((resolve) => setTimeout(resolve, 200));
}

describe('a job is over when its completion is: a worker that stops would cut what goes on behind it', () => {
  test.each(['complete-upload', 'check-session'] as const)('%s', async (task) => {
    const { sessionId, videoId } = await sentPut(stage);
    slowCopies();
    await runTask(task, stage.system(), { sessionId });
    expect(await stage.standing(videoId)).toEqual(['UPLOADED', null]);
  });
});

test('a file that is replaced while storage copies it, and takes long over it, is looked for again', async () => {
  const put = await sentPut(stage);
  await queueCompletion(stage.as(put.ownerId), put);
  slowCopies();
  stage.gates.sources.copyFrom = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stage.system().storage.sources.deleteMany([put.stagingKey]);
  };
  await stage.runJobs('complete-upload');
  const queued = await stage.queue('complete-upload', { sessionId: put.sessionId });
  expect(queued.map(({ payload }) => payload.tryNumber)).toEqual([2]);
});
