import { expect, test } from 'vitest';
import { untilEncoding } from './attempts.ts';
import { openDeployment } from './deployment.ts';

const TIMES = 4;

test('an attempt that is handed back four times is never counted as failed, and the video ends READY', {
  timeout: 300_000,
}, async () => {
  await using deployment = await openDeployment();
  const { databaseUrl, owner } = deployment;
  let worker = await deployment.startWorker();
  const { videoId } = await deployment.uploadAndEncode();
  for (let number = 1; number <= TIMES; number += 1) {
    await untilEncoding(databaseUrl, videoId, number);
    expect(await worker.encoders()).toHaveLength(1);
    worker.signal('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(worker.err()).toBe('');
    expect(await worker.encoders()).toEqual([]);
    expect(await worker.leftovers()).toEqual([]);
    // It is free at once, not when some lease is over.
    const next = (await deployment.attempts(videoId))[number];
    expect(next).toMatchObject({ state: 'QUEUED', failed_before: 0 });
    worker = await deployment.startWorker();
  }
  const streamPath = await owner.untilReady(videoId);
  const attempts = await deployment.attempts(videoId);
  expect(attempts.map(({ state }) => state)).toEqual([...Array(TIMES).fill('HANDED_BACK'), 'SUCCEEDED']);
  expect(attempts.every(({ failed_before }) => failed_before === 0)).toBe(true);
  expect(new Set(attempts.map(({ output_prefix }) => output_prefix)).size).toBe(TIMES + 1);
  expect(await owner.play(streamPath)).toBeGreaterThan(10);
});
