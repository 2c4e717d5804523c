import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import { refuseUnlessAdmin } from '../operations/list-dead-letters.ts';
import { type AgainContext, type AgainTurn, startAgain } from './start-again.ts';
import type { VideoView } from './video-view.ts';

/**
 * Makes another version of a READY or FAILED video from its source, by a transcoder of the operator's choice. A READY
 * one stays READY; what plays goes on playing until the new version is published, and for its grace after that (R14).
 *
 * Throws DomainError `forbidden`, `video_not_found`, `transcoder_unavailable`, `illegal_transition` (DRAFT, UPLOADING,
 * UPLOADED, TRANSCODING, or a version is being made), `source_unavailable`, `source_archived`; StorageError.
 */
export function transcodeAgain(
  context: AgainContext,
  again: { videoId: string; transcoder?: TranscoderName | undefined; turn?: AgainTurn | undefined },
): Promise<VideoView> {
  refuseUnlessAdmin(context.actor);
  const system = { ...context, actor: { kind: 'system' } as const };
  return startAgain(system, { ...again, from: ['READY', 'FAILED'] });
}
