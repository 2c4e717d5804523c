import { afterEach, expect, test } from 'vitest';
import { transaction } from '#domain/transaction.ts';
import { LeaseLost } from '#domain/transcode/fence.ts';
import { holdLease } from '#domain/transcode/hold-lease.ts';
import { claimAttempt } from '#domain/transcode/lease.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('a worker whose database neither answers nor fails lets its attempt go when the lease is over', async () => {
  stage.tune({ leaseDeadSeconds: 1.5, leaseBeatSeconds: 0.2 });
  const { videoId } = await stage.probed();
  const { id: jobId } = await stage.openAttempt(videoId);
  const token = (await claimAttempt(stage.system().em, jobId, 60)) ?? '';
  const holding = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  // A row that is locked keeps a renewal waiting as long as a connection that died without a word does.
  const silence = transaction(stage.system().em, async (tx) => {
    await tx.execute('select from transcode_jobs where id = ? for update', [jobId]);
    locked.resolve();
    await holding.promise;
  });
  await locked.promise;
  const lease = holdLease(stage.system(), { jobId, token, progress: () => Promise.resolve(5) });
  try {
    expect(await lease.lost).toBeInstanceOf(LeaseLost);
  } finally {
    lease.release();
    holding.resolve();
    await silence;
  }
});
