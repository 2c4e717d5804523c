import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { getVideo } from '../video/get-video.ts';
import { lockVideo } from '../video/lock-video.ts';
import { presentVideo } from '../video/present-video.ts';
import { Video } from '../video/video.entity.ts';
import type { SourceFields } from './accept-source.ts';
import { admitUpload, liveSession, refuseUnlessReplaceable } from './live-session.ts';
import { asSinglePut, type SinglePut, signSinglePut } from './open-single-put.ts';
import {
  type AnnouncedFile,
  insertSinglePut,
  type PlannedPut,
  planSinglePut,
  signStagedPut,
} from './single-put.ts';
import type { UploadSession } from './upload-session.entity.ts';

export interface ReopenSinglePut extends AnnouncedFile {
  readonly videoId: string;
  /** How the contract calls its members, for refusals. */
  readonly fields?: SourceFields;
}

/**
 * One signed PUT for another file of a video that exists. On a READY one the file becomes the next version, and the status
 * stays; a FAILED one is UPLOADING again. The same file again, by type and size, answers the live session with its URL
 * signed anew; another file replaces it while storage has nothing of it.
 *
 * Throws DomainError `video_not_found`, `unsupported_format`, `empty_file`, `file_too_large`, `upload_conflict`,
 * `completing`, `upload_paused`, `illegal_transition` (UPLOADED or TRANSCODING), `rate_limited`, StorageError.
 */
export async function reopenSinglePut(
  context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'metrics' | 'now'>,
  input: ReopenSinglePut,
): Promise<SinglePut> {
  const { em, delivery, metrics, now } = context;
  const { videoId, fields } = input;
  await getVideo(context, input);
  const { policy: policyName, storage } = await em.fork().findOneOrFail(Video, { id: videoId });
  const planned = planSinglePut(context, { videoId, policyName, file: input, fields });

  const live = await liveSession(em.fork(), videoId);
  if (live && isSame(live, planned, now())) return signSinglePut(context, { sessionId: live.id });
  if (live) await refuseUnlessReplaceable(context, live);
  const signed = await signStagedPut(context, planned);
  const video = await transaction(em, (tx) => commit(context, tx, { planned, storage }, live?.id ?? null));
  // Moved to another storage meanwhile, for which nothing was signed.
  if (!video) return reopenSinglePut(context, input);
  metrics.uploadsSigned(1);
  return asSinglePut(presentVideo(delivery, video), planned, signed);
}

async function commit(
  context: Needs<'actor' | 'settings' | 'enqueue' | 'now'>,
  tx: EntityManager,
  { planned, storage }: { planned: PlannedPut; storage: Video['storage'] },
  replacedId: string | null,
): Promise<Video | null> {
  const video = await lockVideo(tx, planned.videoId, context.actor);
  if (video.storage !== storage) return null;
  const standing = await liveSession(tx, planned.videoId, true);
  if (standing && standing.id !== replacedId)
    throw new DomainError('upload_conflict', 'Another upload of this video was started at the same moment');
  await admitUpload(context, tx, video, standing);
  await insertSinglePut(context, tx, planned);
  return video;
}

function isSame(live: UploadSession, planned: PlannedPut, now: Date): boolean {
  return (
    live.provider === 'S3_PUT' &&
    live.expiresAt > now &&
    live.mime === planned.mime &&
    (live.contentType ?? null) === planned.contentType &&
    (live.sizeBytes ?? null) === planned.sizeBytes
  );
}
