import { afterEach, expect, test } from 'vitest';
import { transaction } from '#domain/transaction.ts';
import { cancelOpenJob } from '#domain/transcode/cancel-open-job.ts';
import { dispatchWaiting } from '#domain/transcode/start-attempt.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('a round of dispatching never waits for an attempt that somebody is ending', async () => {
  stage.tune({ maxActiveJobsPerOwner: 1 });
  const first = await stage.probed();
  const { videoId } = await stage.probed(await stage.draft(first.ownerId));
  const waiting = await stage.openAttempt(videoId);
  expect(waiting.dispatched_at).toBeNull();
  stage.tune({ maxActiveJobsPerOwner: 2 });
  await transaction(stage.system().em, async (tx) => {
    await cancelOpenJob(tx, videoId, stage.now());
    await tx.flush();
    // The other one holds the lock of the round; were it to wait for the row, neither could go on.
    await transaction(stage.system().em, (other) => dispatchWaiting(stage.system(), other));
    await dispatchWaiting(stage.system(), tx);
  });
  expect(await stage.row('transcode_jobs', waiting.id)).toMatchObject({
    state: 'CANCELED',
    dispatched_at: null,
  });
  expect(await stage.queue('transcode', { jobId: waiting.id })).toEqual([]);
});
