import type { FailReason } from '../fail-reasons.ts';
import type { AgainContext } from '../video/start-again.ts';
import { findReplayable, REPLAYED_REASONS } from './find-replayable.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { replayTurns } from './replay-turns.ts';
import { type ReplayedVideo, replayVideo } from './replay-video.ts';

/** What one call takes on at most; a caller goes on with `nextAfter`. */
export const REPLAY_BATCH_MAX = 500;
export const REPLAYS_PER_MINUTE = { default: 30, max: 6000 } as const;

export interface ReplayVideos {
  /** Left out: all in which the source is not at fault. */
  readonly reasons?: readonly FailReason[] | undefined;
  /** Only what failed since then. */
  readonly since?: Date | undefined;
  /** 1 to REPLAY_BATCH_MAX. */
  readonly limit?: number | undefined;
  /** `nextAfter` of the batch before. */
  readonly after?: string | undefined;
  /** How fast they begin; they line up behind what an earlier replay has queued. */
  readonly perMinute?: number | undefined;
  /** Looks at every source, and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface ReplayedBatch {
  readonly videos: readonly ReplayedVideo[];
  /** Null when this was the last batch. */
  readonly nextAfter: string | null;
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
  const limit = Math.min(input.limit ?? REPLAY_BATCH_MAX, REPLAY_BATCH_MAX);
  const found = await findReplayable(context, { reasons, since, after, limit });
  const turns = await replayTurns(context, input.perMinute ?? REPLAYS_PER_MINUTE.default);
  const videos: ReplayedVideo[] = [];
  for (const candidate of found) {
    const replayed = await replayVideo(context, candidate, { turns, dryRun });
    videos.push(replayed);
    if (replayed.outcome === 'storage_unavailable')
      return { videos, nextAfter: null, problem: replayed.detail };
  }
  return {
    videos,
    nextAfter: found.length === limit ? (found.at(-1)?.videoId ?? null) : null,
    problem: null,
  };
}
