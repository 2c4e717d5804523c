import { isStorageError } from '#providers/storage/storage-errors.ts';
import { DomainError } from '../errors.ts';
import { type FailReason, isSourceFault } from '../fail-reasons.ts';
import { retryVideo } from '../video/retry-video.ts';
import type { AgainContext } from '../video/start-again.ts';
import { refuseUnlessUsable } from '../video/usable-source.ts';
import { Video } from '../video/video.entity.ts';
import type { Replayable } from './find-replayable.ts';
import type { ReplayTurns } from './replay-turns.ts';

export type ReplayOutcome =
  /** Its probe is queued; of a dry run: would be. */
  | 'queued'
  | 'source_at_fault'
  /** Deleted, replaced, or there was never one to transcode. */
  | 'source_gone'
  /** Its restore was asked for, unless this was a dry run; replay it again when that has come. */
  | 'source_archived'
  /** Somebody has started it meanwhile. */
  | 'in_work'
  | 'video_gone'
  | 'storage_unavailable';

export interface ReplayedVideo {
  readonly videoId: string;
  /** Why it was FAILED. */
  readonly failReason: FailReason;
  readonly outcome: ReplayOutcome;
  /** When its turn is; null unless it is queued. */
  readonly runAt: Date | null;
  readonly detail: string | null;
}

/** Queues one video for the next turn, or says why it cannot be. */
export async function replayVideo(
  context: AgainContext,
  { videoId, failReason }: Replayable,
  { turns, dryRun }: { turns: ReplayTurns; dryRun: boolean },
): Promise<ReplayedVideo> {
  const system = { ...context, actor: { kind: 'system' } as const };
  const turn = turns.next();
  try {
    if (dryRun) await look(system, videoId);
    else await retryVideo(system, { videoId, turn });
    turns.take();
    return { videoId, failReason, outcome: 'queued', runAt: turn.runAt, detail: null };
  } catch (error) {
    const outcome = outcomeOf(error, failReason);
    const detail = error instanceof Error ? error.message : null;
    return { videoId, failReason, outcome, runAt: null, detail };
  }
}

/** What `retryVideo` would refuse, without asking for anything: a restore costs money. */
async function look({ em, storage }: AgainContext, videoId: string): Promise<void> {
  const video = await em.fork().findOne(Video, { id: videoId, deletedAt: null });
  if (!video) throw new DomainError('video_not_found', `There is no video ${videoId}`);
  if (video.status !== 'FAILED') throw new DomainError('illegal_transition', `The video is ${video.status}`);
  const { etag, archive } = await storage.sources.head(refuseUnlessUsable(video));
  if (etag !== video.sourceEtag)
    throw new DomainError('source_unavailable', 'The source was replaced in storage');
  if (archive)
    throw new DomainError('source_archived', 'The source is archived; a replay asks for its restore');
}

function outcomeOf(error: unknown, failReason: FailReason): ReplayOutcome {
  if (isStorageError(error, 'object_not_found')) return 'source_gone';
  if (isStorageError(error)) return 'storage_unavailable';
  if (!(error instanceof DomainError)) throw error;
  switch (error.code) {
    case 'source_unavailable':
      return isSourceFault(failReason) ? 'source_at_fault' : 'source_gone';
    case 'source_archived':
      return 'source_archived';
    case 'illegal_transition':
      return 'in_work';
    case 'video_not_found':
      return 'video_gone';
    default:
      throw error;
  }
}
