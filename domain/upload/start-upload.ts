import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { sourceKey } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { getVideo } from '../video/get-video.ts';
import { lockVideo } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { videoStates } from '../video/video-states.ts';
import { acceptSource, policyNamed } from './accept-source.ts';
import { partSizeFor } from './part-plan.ts';
import { presentUpload } from './present-upload.ts';
import { storedParts, storedPartsNow } from './stored-parts.ts';
import { UploadSession } from './upload-session.entity.ts';
import { LIVE_SESSION_STATES } from './upload-session-states.ts';
import type { UploadView } from './upload-view.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'now'>;

export interface StartUpload {
  readonly videoId: string;
  readonly sourceMime: string;
  readonly sourceSizeBytes: number;
}

/**
 * Opens a multipart upload for the video's source. The same size and type again answer the live session; another file
 * replaces it while storage has nothing of it. On a READY video the source becomes the next version, and the status
 * stays.
 *
 * Throws DomainError `video_not_found`, `unsupported_format`, `empty_file`, `file_too_large`, `upload_conflict` (parts
 * of another file are stored), `completing`, `illegal_transition` (UPLOADED or TRANSCODING), StorageError.
 */
export async function startUpload(
  context: Context,
  input: StartUpload,
): Promise<{ upload: UploadView; created: boolean }> {
  const { em, actor, storage, settings, now } = context;
  await getVideo(context, input);
  const video = await em.fork().findOneOrFail(Video, { id: input.videoId });
  const policy = policyNamed(settings.policies, video.policy);
  const source = acceptSource(policy, { mimeType: input.sourceMime, sizeBytes: input.sourceSizeBytes });
  const wanted = { mime: source.mimeType, sizeBytes: input.sourceSizeBytes };

  const live = await liveSession(em.fork(), input.videoId);
  const same = live && isSame(live, wanted, now());
  if (live && same) return { upload: presentUpload(live, await storedParts(context, live)), created: false };
  if (!live) refuseUnlessUploadable(video);
  if (live) await refuseUnlessReplaceable(context, live);

  const id = newId();
  const fileKey = sourceKey(input.videoId, id, source.extension);
  const providerUploadId = await storage.sources.createMultipart(fileKey, { contentType: source.mimeType });
  const opened = { ...wanted, id, fileKey, providerUploadId, partSizeBytes: partSizeFor(wanted.sizeBytes) };
  try {
    const winner = await transaction(em, (tx) =>
      commit(context, tx, input.videoId, live?.id ?? null, opened),
    );
    if (winner.id === id) return { upload: presentUpload(winner), created: true };
    await storage.sources.abortMultipart(fileKey, providerUploadId);
    return { upload: presentUpload(winner, await storedParts(context, winner)), created: false };
  } catch (error) {
    await storage.sources.abortMultipart(fileKey, providerUploadId);
    throw error;
  }

  /** The row, unless somebody was faster: then the session that stands, when it is for the same file. */
  async function commit(
    { settings, enqueue }: Context,
    tx: EntityManager,
    videoId: string,
    replacedId: string | null,
    session: typeof opened,
  ): Promise<UploadSession> {
    const locked = await lockVideo(tx, videoId, actor);
    const standing = await liveSession(tx, videoId, true);
    if (standing && standing.id !== replacedId) {
      if (isSame(standing, session, now())) return standing;
      throw new DomainError('upload_conflict', 'Another upload of this video was started at the same moment');
    }
    if (standing) {
      if (standing.isCompleting(now())) throw new DomainError('completing', 'This upload is being completed');
      standing.moveTo('CANCELED');
      await tx.flush();
      await enqueue(tx, 'clean-session', { sessionId: standing.id });
    } else refuseUnlessUploadable(locked);
    if (videoStates.can(locked.status, 'UPLOADING')) locked.moveTo('UPLOADING');
    const row = tx.create(UploadSession, {
      ...session,
      videoId,
      policy: locked.policy,
      expiresAt: new Date(now().getTime() + settings.sessionTtlSeconds * 1000),
    });
    await tx.flush();
    return row;
  }
}

function liveSession(em: EntityManager, videoId: string, lock = false): Promise<UploadSession | null> {
  return em.findOne(
    UploadSession,
    { videoId, status: { $in: [...LIVE_SESSION_STATES] } },
    lock ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {},
  );
}

function isSame(session: UploadSession, wanted: { mime: string; sizeBytes: number }, now: Date): boolean {
  return session.mime === wanted.mime && session.sizeBytes === wanted.sizeBytes && session.expiresAt > now;
}

function refuseUnlessUploadable(video: Video): void {
  if (video.status === 'READY') return;
  videoStates.next(video.status, 'UPLOADING');
}

async function refuseUnlessReplaceable(context: Context, live: UploadSession): Promise<void> {
  if (live.isCompleting(context.now())) throw new DomainError('completing', 'This upload is being completed');
  const parts = await storedPartsNow(context, live);
  if (parts.length > 0 && live.expiresAt > context.now())
    throw new DomainError(
      'upload_conflict',
      'Another file is being uploaded to this video; cancel it first',
      {
        members: { uploadSessionId: live.id },
      },
    );
}
