import type { VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { findLongRunning, type LongRunningSearch } from './find-long-running.ts';
import { type FrozenVideo, freezeVideo } from './freeze-video.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { operatorName } from './operator-name.ts';
import { type BatchEnd, batchEnd, limitOf, type VideoBatch } from './video-batch.ts';

export interface FreezeVideos extends VideoBatch, LongRunningSearch {
  /** Kept with each attempt, for whoever looks at it later. */
  readonly reason?: string | undefined;
}

export interface FrozenBatch extends BatchEnd {
  readonly frozen: readonly FrozenVideo[];
  /** Videos that had moved on by themselves at the same moment. */
  readonly movedOn: readonly string[];
}

/**
 * Ends what has been at work for too long: TRANSCODING becomes FAILED with ROLLBACK, the attempt is canceled and fenced
 * (R6), the owner is told once, and a dead letter is left, by which and by `replayVideos` it is found again. One
 * transaction a video, so it may be interrupted and run again; whoever publishes at the same moment either has come first,
 * and the video is READY, or publishes nothing.
 *
 * Throws DomainError `forbidden`.
 */
export async function freezeVideos(
  context: Needs<'em' | 'actor' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>,
  input: FreezeVideos,
): Promise<FrozenBatch> {
  refuseUnlessAdmin(context.actor);
  const limit = limitOf(input);
  const found = await findLongRunning(context, { ...input, limit });
  const frozen: FrozenVideo[] = [];
  const movedOn: string[] = [];
  const how = {
    reason: input.reason ?? null,
    by: operatorName(context.actor),
    away: new Set<VersionMaker>(),
  };
  for (const candidate of found) {
    const done = await freezeVideo(context, candidate, how);
    if (done) frozen.push(done);
    else movedOn.push(candidate.videoId);
  }
  return { frozen, movedOn, ...batchEnd(found, limit) };
}
