import type { EntityManager } from '@mikro-orm/postgresql';
import { countUpload } from '../access/limit-uploads.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { setPrefix, sourceKey } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { getVideo } from '../video/get-video.ts';
import { lockVideo } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { policyNamed } from './accept-source.ts';
import { liveSession } from './live-session.ts';
import { checkAfter, lifeEnd } from './record-signature.ts';
import { replaceSession } from './replace-session.ts';
import { refuseUnlessOpen } from './session-refusals.ts';
import { HLS_MIME_TYPE, type PlannedSet } from './set-files.ts';
import { type SetFile, UploadSession } from './upload-session.entity.ts';

export const SET_POLICY = 'signer';

export interface OpenSet {
  readonly set: PlannedSet;
  /** Of a new video. */
  readonly title: string;
  /** The set becomes the next version of this video. Null: a new one. */
  readonly videoId: string | null;
}

/**
 * Opens a session for a ready-made HLS set, in one transaction with the owner's hourly limit, in which a whole set counts
 * once. A READY video stays READY until the set is published as its next version. A set that was begun for the same
 * video is replaced while storage has nothing of it; the same set again is the one that was begun.
 *
 * Throws DomainError `forbidden`, `rate_limited`, `video_not_found`, `illegal_transition` (UPLOADED or TRANSCODING),
 * `upload_conflict`, `completing`, StorageError.
 *
 * @returns the session, for `signSet`
 */
export async function openSet(
  context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'now'>,
  input: OpenSet,
): Promise<UploadSession> {
  const { em, actor, settings, now } = context;
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can bring a set');
  const { ownerId } = actor;
  const policy = policyNamed(settings.policies, SET_POLICY);
  if (input.videoId !== null) await getVideo(context, { videoId: input.videoId });
  const standing = input.videoId === null ? null : await liveSession(em.fork(), input.videoId);
  // The same request a moment ago: its URLs are in somebody's hands.
  if (standing && isSame(standing, input.set, now())) return standing;
  if (standing) await refuseUnlessEmpty(context, standing);
  return transaction(em, async (tx) => {
    const video = input.videoId === null ? newVideo(tx) : await lockVideo(tx, input.videoId, actor);
    await countUpload(tx, { ownerId, policyName: SET_POLICY, policy, now: now() });
    await tx.flush();
    const live = await liveSession(tx, video.id, true);
    if (live) {
      if (live.id !== standing?.id)
        throw new DomainError(
          'upload_conflict',
          'Another upload of this video was started at the same moment',
        );
      await replaceSession(context, tx, live);
    } else if (video.status !== 'READY') video.moveTo('UPLOADING');
    return insertSession(tx, video.id);
  });

  function newVideo(tx: EntityManager): Video {
    return tx.create(Video, {
      id: newId(),
      ownerId,
      title: input.title,
      sourceMime: HLS_MIME_TYPE,
      sourceSizeBytes: input.set.sizeBytes,
      policy: SET_POLICY,
      createdVia: SET_POLICY,
    });
  }

  async function insertSession(tx: EntityManager, videoId: string): Promise<UploadSession> {
    const id = newId();
    const signedAt = now();
    const session = tx.create(UploadSession, {
      id,
      videoId,
      provider: 'S3_SET',
      providerUploadId: '',
      policy: SET_POLICY,
      // Where the master is kept as the video's source, once all is verified.
      fileKey: sourceKey(videoId, id, 'm3u8'),
      stagingKey: setPrefix(videoId, id),
      setFiles: [...input.set.files],
      fileName: input.set.masterPath,
      mime: HLS_MIME_TYPE,
      sizeBytes: input.set.sizeBytes,
      partSizeBytes: input.set.sizeBytes ?? policy.maxSizeBytes,
      lastSignedAt: signedAt,
      nextCheckAt: checkAfter(signedAt),
      expiresAt: lifeEnd(context, signedAt),
    });
    await tx.flush();
    session.moveTo('IN_PROGRESS');
    await tx.flush();
    return session;
  }
}

function isSame(session: UploadSession, { masterPath, files }: PlannedSet, now: Date): boolean {
  const { fileName, setFiles, expiresAt } = session;
  const standing = new Map((setFiles ?? []).map((file) => [file.path, file]));
  const isThere = ({ path, contentType, sizeBytes }: SetFile) =>
    standing.get(path)?.contentType === contentType && standing.get(path)?.sizeBytes === sizeBytes;
  return expiresAt > now && fileName === masterPath && standing.size === files.length && files.every(isThere);
}

/** What somebody has sent already is not thrown away because somebody else began anew. */
async function refuseUnlessEmpty(
  { storage, now }: Needs<'storage' | 'now'>,
  session: UploadSession,
): Promise<void> {
  if (session.expiresAt <= now()) return;
  refuseUnlessOpen(session, now());
  const ofSet = session.provider === 'S3_SET';
  const first =
    ofSet &&
    (await storage.sources
      .list(session.stagingKey ?? '')
      [Symbol.asyncIterator]()
      .next());
  if (first && first.done === true) return;
  const members = { uploadSessionId: session.id };
  const detail = 'Another upload of this video is under way; cancel it first';
  throw new DomainError('upload_conflict', detail, { members });
}
