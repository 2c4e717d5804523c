import type { EntityManager } from '@mikro-orm/postgresql';
import { refuseOverLimit } from '../access/limit-uploads.ts';
import { newUploadToken } from '../access/upload-token.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { sourceKey } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { getVideo } from '../video/get-video.ts';
import { lockVideo } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { acceptSource, policyNamed, type SourceFields } from './accept-source.ts';
import { admitUpload, liveSession, refuseUnlessReplaceable, refuseUnlessUploadable } from './live-session.ts';
import { partSizeFor } from './part-plan.ts';
import { checkAfter, lifeEnd } from './record-signature.ts';
import { type StartedUpload, showStarted } from './show-started-upload.ts';
import { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'metrics' | 'now'>;

export interface StartUpload {
  readonly videoId: string;
  readonly sourceMime: string;
  /** Null where a client does not know yet how much it will send. */
  readonly sourceSizeBytes: number | null;
  readonly fileName?: string;
  /** Of the content, so that another device finds the upload and another file is told apart. SHA-256, hex. */
  readonly fingerprint?: string;
  /** What the client can hold in memory: 5 MiB or more. */
  readonly maxPartSizeBytes?: number;
  /** How many of the parts that storage lacks to sign with the answer. Default: none. */
  readonly signFirst?: number;
  /** How the contract calls its members, for refusals. */
  readonly fields?: SourceFields;
}

/** What makes two starts the same one. */
type Wanted = Pick<UploadSession, 'mime' | 'sizeBytes' | 'fingerprint'>;

/**
 * Opens a multipart upload for the video's source. The same file again, by type, size and fingerprint where both know
 * one, answers the live session; another file replaces it while storage has nothing of it. On a READY video the source
 * becomes the next version, and the status stays.
 *
 * `uploadToken` comes with a new session only: whoever is answered a live one may be a second device, and a new token
 * would end that of the first.
 *
 * Throws DomainError `video_not_found`, `unsupported_format`, `empty_file`, `file_too_large`, `upload_conflict` (parts
 * of another file are stored), `completing`, `illegal_transition` (UPLOADED or TRANSCODING), `rate_limited`,
 * StorageError.
 */
export async function startUpload(context: Context, input: StartUpload): Promise<StartedUpload> {
  const { em, storage, settings, now } = context;
  const { videoId, sourceSizeBytes: sizeBytes, signFirst = 0 } = input;
  await getVideo(context, input);
  const video = await em.fork().findOneOrFail(Video, { id: videoId });
  const policy = policyNamed(settings.policies, video.policy);
  const { mimeType: mime, extension } = acceptSource(
    policy,
    { mimeType: input.sourceMime, sizeBytes, fileName: input.fileName },
    input.fields,
  );
  const wanted = { mime, sizeBytes, fingerprint: input.fingerprint ?? null };

  const live = await liveSession(em.fork(), videoId);
  if (live && isSame(live, wanted, now())) return showStarted(context, live, signFirst);
  if (!live) refuseUnlessUploadable(video);
  if (live) await refuseUnlessReplaceable(context, live);
  const start = { ownerId: video.ownerId, policyName: video.policy, policy, now: now() };
  await refuseOverLimit(em, start);

  const id = newId();
  const fileKey = sourceKey(videoId, id, extension);
  const { token, tokenHash } = newUploadToken();
  // Made before the row, so that no row ever names an upload that is not there; the sweeper finds what a crash leaves.
  const providerUploadId = await storage.sources.createMultipart(fileKey, { contentType: mime });
  const opened = {
    ...wanted,
    id,
    fileKey,
    providerUploadId,
    tokenHash,
    fileName: input.fileName ?? null,
    partSizeBytes: partSizeFor(sizeBytes ?? policy.maxSizeBytes, input.maxPartSizeBytes),
    expiresAt: lifeEnd(context, now()),
    ...(signFirst > 0 && { lastSignedAt: now(), nextCheckAt: checkAfter(now()) }),
  };
  // One that storage keeps in spite of this is the sweeper's.
  const dropUnused = () => storage.sources.abortMultipart(fileKey, providerUploadId).catch(() => undefined);
  const winner = await transaction(em, (tx) =>
    commit(context, tx, { video, replacedId: live?.id ?? null, session: opened }),
  ).catch(async (error: unknown) => {
    // A connection may be lost after the commit: then the row stands, and parts may come.
    const standing = await em
      .fork()
      .count(UploadSession, { id })
      .catch(() => 1);
    if (standing === 0) await dropUnused();
    throw error;
  });
  if (!winner) {
    await dropUnused();
    return startUpload(context, input);
  }
  if (winner.id === id) return showStarted(context, winner, signFirst, token);
  await dropUnused();
  return showStarted(context, winner, signFirst);
}

/**
 * The row, unless somebody was faster: then the session that stands, when it is for the same file. Null when the video was
 * moved to another storage meanwhile, away from what was opened for it.
 */
async function commit(
  context: Context,
  tx: EntityManager,
  start: {
    video: Video;
    replacedId: string | null;
    session: Wanted & {
      id: string;
      fileKey: string;
      providerUploadId: string;
      partSizeBytes: number;
      expiresAt: Date;
    };
  },
): Promise<UploadSession | null> {
  const { actor, now } = context;
  const { replacedId, session } = start;
  const { id: videoId, storage } = start.video;
  const video = await lockVideo(tx, videoId, actor);
  if (video.storage !== storage) return null;
  const standing = await liveSession(tx, videoId, true);
  if (standing && standing.id !== replacedId) {
    if (isSame(standing, session, now())) return standing;
    throw new DomainError('upload_conflict', 'Another upload of this video was started at the same moment');
  }
  await admitUpload(context, tx, video, standing);
  const row = tx.create(UploadSession, { ...session, videoId, policy: video.policy, createdAt: now() });
  await tx.flush();
  return row;
}

/** A fingerprint counts where both have one: a client that knows none is believed by type and size. */
function isSame(session: UploadSession, wanted: Wanted, now: Date): boolean {
  return (
    session.expiresAt > now &&
    session.mime === wanted.mime &&
    (session.sizeBytes ?? null) === (wanted.sizeBytes ?? null) &&
    session.provider === 'S3_MULTIPART' &&
    (session.fingerprint == null || wanted.fingerprint == null || session.fingerprint === wanted.fingerprint)
  );
}
