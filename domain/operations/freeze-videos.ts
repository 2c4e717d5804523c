import type { TranscoderName, VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { findLongRunning } from './find-long-running.ts';
import { freezeVideo } from './freeze-video.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { operatorName } from './operator-name.ts';
import { type BatchEnd, batchEnd, limitOf, type VideoBatch } from './video-batch.ts';

export interface FreezeVideos extends VideoBatch {
  /** Videos whose work has lasted longer than this. 0 for all that has begun. */
  readonly olderThanSeconds: number;
  /** Only what this transcoder has in hand. */
  readonly provider?: TranscoderName | undefined;
  /** Also videos whose work has not begun; their time counts from when they began to wait. */
  readonly includeWaiting?: boolean | undefined;
  /** Also the next version of a READY video, which stays READY and plays on. */
  readonly includeReady?: boolean | undefined;
  /** Kept with each attempt, for whoever looks at it later. */
  readonly reason?: string | undefined;
}

export interface FrozenVideo {
  readonly videoId: string;
  readonly jobId: string | null;
  readonly provider: VersionMaker | null;
  /** READY where only its next version was stopped. */
  readonly status: 'FAILED' | 'READY';
  /** True when a provider elsewhere was asked to stop and could not be; its result will not be published either way. */
  readonly runsElsewhere: boolean;
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
