import type { FailReason } from '../fail-reasons.ts';
import type { AgainContext } from '../video/start-again.ts';
import { findReplayable, REPLAYED_REASONS } from './find-replayable.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { replayTurns } from './replay-turns.ts';
import { type ReplayedVideo, replayVideo } from './replay-video.ts';
import { type BatchEnd, batchEnd, limitOf, type VideoBatch } from './video-batch.ts';

export const REPLAYS_PER_MINUTE = { default: 30, max: 6000 } as const;

export interface ReplayVideos extends VideoBatch {
  /** Left out: all in which the source is not at fault. */
  readonly reasons?: readonly FailReason[] | undefined;
  /** Only what failed since then. */
  readonly since?: Date | undefined;
  /** How fast they begin; they line up behind what an earlier replay has queued. */
  readonly perMinute?: number | undefined;
  /** Looks at every source, and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface ReplayedBatch extends BatchEnd {
  readonly videos: readonly ReplayedVideo[];
  /** Why it ended early: storage did not answer, and would not for the next one. */
  readonly problem: string | null;
}

/**
 * Has FAILED videos transcoded again whose source storage still has, without a storm: each is queued once, behind fresh
 * uploads, and they begin so many a minute. Whatever cannot be is told with its reason. Running it twice, or two at once,
 * queues nothing twice: what is queued is not FAILED any more.
 *
 * Throws DomainError `forbidden`.
 */
export async function replayVideos(context: AgainContext, input: ReplayVideos): Promise<ReplayedBatch> {
  refuseUnlessAdmin(context.actor);
  const { reasons = REPLAYED_REASONS, since, after, dryRun = false } = input;
  const limit = limitOf(input);
  const found = await findReplayable(context, { reasons, since, after, limit });
  const turns = await replayTurns(context, input.perMinute ?? REPLAYS_PER_MINUTE.default);
  const videos: ReplayedVideo[] = [];
  for (const candidate of found) {
    const replayed = await replayVideo(context, candidate, { turns, dryRun });
    videos.push(replayed);
    if (replayed.outcome === 'storage_unavailable')
      return { videos, nextAfter: null, problem: replayed.detail };
  }
  return { videos, ...batchEnd(found, limit), problem: null };
}
