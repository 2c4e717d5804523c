import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { replaceAttempt } from '../transcode/end-attempt.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { lockVideoRow } from '../video/lock-video.ts';

/**
 * Ends every encode of our own workers as handed back, which counts as no failure (R7); its worker stops within a beat of
 * its lease. The pipeline is paused, so what takes its place waits. What a provider elsewhere does goes on: it would be
 * paid for twice.
 *
 * @returns the ids of their videos
 */
export async function handBackRunning(
  context: Needs<'em' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>,
): Promise<string[]> {
  const { em } = context;
  const running = await em
    .fork()
    .find(TranscodeJob, { state: 'RUNNING', provider: 'ffmpeg', leaseToken: { $ne: null } });
  const handedBack: string[] = [];
  for (const { id, videoId } of running) {
    const ended = await transaction(em, async (tx) => {
      const video = await lockVideoRow(tx, videoId);
      const job = video && (await tx.findOne(TranscodeJob, { id, state: 'RUNNING' }));
      if (!video || !job) return false;
      await replaceAttempt(context, tx, { job, video, as: 'HANDED_BACK' });
      return true;
    });
    if (ended) handedBack.push(videoId);
  }
  return handedBack;
}
