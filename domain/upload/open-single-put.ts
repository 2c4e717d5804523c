import { sql } from 'kysely';
import type { SignedUrl } from '#providers/storage/object-store.ts';
import { countUpload } from '../access/limit-uploads.ts';
import { mayUpload } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { transaction } from '../transaction.ts';
import { presentVideo } from '../video/present-video.ts';
import { Video } from '../video/video.entity.ts';
import { readVideoRows } from '../video/video-rows.ts';
import type { VideoView } from '../video/video-view.ts';
import { policyNamed, type SourceFields } from './accept-source.ts';
import { uploadNotFound } from './lock-session.ts';
import { recordSignature } from './record-signature.ts';
import { refuseUnlessSignable } from './session-refusals.ts';
import { type AnnouncedFile, insertSinglePut, planSinglePut, signStagedPut } from './single-put.ts';
import { UploadSession } from './upload-session.entity.ts';

export interface OpenSinglePut extends AnnouncedFile {
  readonly title: string;
  readonly description?: string | null;
  readonly createdVia: 'direct' | 'admin' | 'learning' | 'signer';
  readonly metadata?: Record<string, unknown>;
  /** How the contract calls its members, for refusals. */
  readonly fields?: SourceFields;
}

/** A whole file by one signed URL. */
export interface SinglePut {
  readonly video: VideoView;
  readonly sessionId: string;
  /** The key that the URL writes to. */
  readonly storageKey: string;
  readonly signed: SignedUrl;
  /** What the PUT has to send, exactly: it is signed. Null: nothing, because the client never named a type. */
  readonly contentType: string | null;
}

/**
 * A new video and one signed PUT for its whole file: in one transaction the owner's hourly limit, the video in UPLOADING
 * and its session. The URL writes to a staging key; completion copies what it has verified (R11). No round trip to
 * storage.
 *
 * Throws DomainError `forbidden`, `unsupported_format`, `empty_file`, `file_too_large`, `rate_limited`.
 */
export async function openSinglePut(
  context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'metrics' | 'now'>,
  input: OpenSinglePut,
): Promise<SinglePut> {
  const { em, actor, delivery, settings, metrics, now } = context;
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can create a video');
  const { ownerId } = actor;
  const { createdVia, fields } = input;
  const planned = planSinglePut(context, { videoId: newId(), policyName: createdVia, file: input, fields });
  const signed = await signStagedPut(context, planned);
  const video = await transaction(em, async (tx) => {
    const policy = policyNamed(settings.policies, createdVia);
    await countUpload(tx, { ownerId, policyName: createdVia, policy, now: now() });
    const created = tx.create(Video, {
      id: planned.videoId,
      ownerId,
      title: input.title,
      description: input.description ?? null,
      sourceMime: planned.mime,
      sourceSizeBytes: planned.sizeBytes,
      metadata: input.metadata ?? {},
      policy: createdVia,
      createdVia,
    });
    await tx.flush();
    created.moveTo('UPLOADING');
    await insertSinglePut(context, tx, planned);
    return created;
  });
  metrics.uploadsSigned(1);
  return asSinglePut(presentVideo(delivery, video), planned, signed);
}

/**
 * Signs the staging key of a live session again; its life begins anew. Throws DomainError `upload_not_found` (also for a
 * session that takes no single PUT), `upload_closed`, `upload_expired`, `upload_paused`, `completing`.
 */
export async function signSinglePut(
  context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'metrics' | 'now'>,
  { sessionId }: { sessionId: string },
): Promise<SinglePut> {
  const { em, actor, delivery, metrics, now } = context;
  const session = await em.fork().findOne(UploadSession, { id: sessionId, provider: 'S3_PUT' });
  const [video] = session ? await readVideoRows(em, sql`v.id = ${session.videoId}::uuid`) : [];
  if (!session || !video || video.deleted || !mayUpload(actor, video.ownerId, sessionId))
    throw uploadNotFound(sessionId);
  refuseUnlessSignable(session, now());
  const stagingKey = session.stagingKey ?? '';
  const signed = await signStagedPut(context, { ...session, stagingKey });
  if (!(await recordSignature(context, session, { starts: true })))
    throw new DomainError('upload_closed', 'This upload was paused or ended meanwhile');
  metrics.uploadsSigned(1);
  return asSinglePut(
    presentVideo(delivery, video, video.progressPercent),
    { id: session.id, stagingKey, contentType: session.contentType ?? null },
    signed,
  );
}

/** What an answer shows of a session that was just signed for. */
export function asSinglePut(
  video: SinglePut['video'],
  session: { id: string; stagingKey: string; contentType: string | null },
  signed: SinglePut['signed'],
): SinglePut {
  const { id: sessionId, stagingKey: storageKey, contentType } = session;
  return { video, sessionId, storageKey, signed, contentType };
}
