import type { EntityManager } from '@mikro-orm/postgresql';
import { hashOfToken, isUploadToken } from '../access/upload-token.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { Video } from '../video/video.entity.ts';
import { policyNamed } from './accept-source.ts';
import { uploadNotFound } from './lock-session.ts';
import { PART_COUNT_MAX } from './part-plan.ts';
import { refuseWhenClosed } from './session-refusals.ts';
import { UploadSession } from './upload-session.entity.ts';

const MIB = 1024 ** 2;
/** Small, because a part waits on our disk while it arrives, and is in memory while it is sent. */
const PART_SIZE_BYTES_USUAL = 8 * MIB;

/** The part size of a TUS upload, pinned at create. @param maxSizeBytes the most that the file may have */
export function tusPartSizeFor(maxSizeBytes: number): number {
  return Math.max(PART_SIZE_BYTES_USUAL, Math.ceil(maxSizeBytes / PART_COUNT_MAX / MIB) * MIB);
}

/**
 * A TUS upload as it stands. How far it is stands in its row and nowhere else: what storage has beyond that was never
 * acknowledged, and is sent again. So neither HEAD nor the start of a PATCH asks storage, and a storage that is away
 * cannot make an upload look shorter, or whole.
 */
export interface TusUpload {
  readonly session: UploadSession;
  readonly ownerId: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number | null;
  readonly maxSizeBytes: number;
  /** As the client gave it at create; null for a key without a value. */
  readonly metadata: Readonly<Record<string, string | null>>;
  readonly isCompleted: boolean;
}

/** True when every byte is here. */
export function isWhole({ offsetBytes, sizeBytes }: Pick<TusUpload, 'offsetBytes' | 'sizeBytes'>): boolean {
  return sizeBytes !== null && offsetBytes === sizeBytes;
}

/**
 * The upload whose URL ends with this token. A completed one is still found: a client whose last answer was lost asks for
 * it. Throws DomainError `upload_not_found`, `upload_closed` (canceled), `upload_expired`.
 */
export async function findTusUpload(
  context: Needs<'em' | 'settings' | 'now'>,
  token: string,
): Promise<TusUpload> {
  const em = context.em.fork();
  const session = isUploadToken(token)
    ? await em.findOne(UploadSession, { tokenHash: hashOfToken(token), provider: 'TUS' })
    : null;
  return viewOf(context, em, session);
}

/** The same by the session's id, read afresh. */
export async function readTusUpload(
  context: Needs<'em' | 'settings' | 'now'>,
  sessionId: string,
): Promise<TusUpload> {
  const em = context.em.fork();
  return viewOf(context, em, await em.findOne(UploadSession, { id: sessionId, provider: 'TUS' }));
}

async function viewOf(
  { settings, now }: Needs<'settings' | 'now'>,
  em: EntityManager,
  session: UploadSession | null,
): Promise<TusUpload> {
  const video = session && (await em.findOne(Video, { id: session.videoId, deletedAt: null }));
  if (!session || !video) throw uploadNotFound('at this address');
  const isCompleted = session.status === 'COMPLETED';
  if (!isCompleted) refuseWhenClosed(session, now());
  return {
    session,
    ownerId: video.ownerId,
    offsetBytes: session.bytesUploaded,
    sizeBytes: isCompleted ? session.bytesUploaded : (session.sizeBytes ?? null),
    maxSizeBytes: policyNamed(settings.policies, session.policy).maxSizeBytes,
    metadata: Object.fromEntries(
      Object.entries(video.metadata).filter(
        (pair): pair is [string, string | null] => pair[1] === null || typeof pair[1] === 'string',
      ),
    ),
    isCompleted,
  };
}

/**
 * The client now knows how much it sends. Again with the same number is no error.
 *
 * Throws DomainError `empty_file`, `file_too_large`, `offset_conflict` (another length was said before, or more is stored).
 */
export async function declareTusLength(
  context: Needs<'em' | 'settings' | 'now'>,
  { sessionId, sizeBytes }: { sessionId: string; sizeBytes: number },
): Promise<void> {
  const upload = await readTusUpload(context, sessionId);
  if (sizeBytes === 0) throw new DomainError('empty_file', 'the file is empty');
  if (sizeBytes > upload.maxSizeBytes)
    throw new DomainError('file_too_large', `at most ${upload.maxSizeBytes} bytes are taken`);
  if (upload.sizeBytes === sizeBytes) return;
  const changed = await context.em
    .fork()
    .nativeUpdate(
      UploadSession,
      { id: sessionId, sizeBytes: null, bytesUploaded: { $lte: sizeBytes } },
      { sizeBytes, updatedAt: context.now() },
    );
  if (changed === 0) throw new DomainError('offset_conflict', 'Another length was said before');
}
