import { type AgainContext, type AgainTurn, startAgain } from './start-again.ts';
import type { VideoView } from './video-view.ts';

/**
 * Transcodes a FAILED video again from the source that storage still has.
 * Throws DomainError `illegal_transition` unless it is FAILED, `source_unavailable` when its source is gone, was
 * replaced, or is itself at fault, `source_archived` when it has to be restored first; `video_not_found`.
 */
export function retryVideo(
  context: AgainContext,
  { videoId, turn }: { videoId: string; turn?: AgainTurn | undefined },
): Promise<VideoView> {
  return startAgain(context, { videoId, turn, from: ['FAILED'] });
}
