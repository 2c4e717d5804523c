import type { StoredPart } from '#providers/storage/object-store.ts';
import { newUploadToken } from '../access/upload-token.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { lockSession } from './lock-session.ts';
import { partUrls, signableParts } from './part-urls.ts';
import { presentUpload } from './present-upload.ts';
import { isWorthWriting, recordSignature } from './record-signature.ts';
import { refuseUnlessSignable } from './session-refusals.ts';
import { storedParts } from './stored-parts.ts';
import type { UploadSession } from './upload-session.entity.ts';
import type { SignedPart, UploadView } from './upload-view.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'metrics' | 'now'>;

/** What whoever starts an upload is told. */
export interface StartedUpload {
  readonly upload: UploadView;
  /** False for a session that was live already. */
  readonly created: boolean;
  /** Opens this session's routes and nothing else (R16); told once, so null unless it was made just now. */
  readonly uploadToken: string | null;
  /** The first parts that storage lacks, signed; none of a session that may not be signed for. */
  readonly parts: readonly SignedPart[];
}

/** @param uploadToken of a session that was made just now; storage has nothing of it yet */
export async function showStarted(
  context: Context,
  session: UploadSession,
  signFirst: number,
  uploadToken: string | null = null,
): Promise<StartedUpload> {
  const created = uploadToken !== null;
  const stored = created || !session.isLive() ? [] : await storedParts(context, session);
  const parts = await signLacking(context, session, stored, signFirst);
  return { upload: presentUpload(session, stored), created, uploadToken, parts };
}

/**
 * The answer to a start, for the client that sent it and lost the first answer: the session as it is now, parts signed
 * anew and, where the first answer brought an upload token, a new one. The token before it dies: it was told to this
 * client only, which never heard it. A session that has ended is shown without parts and token.
 *
 * Throws DomainError `upload_not_found`, StorageError.
 */
export async function showStartedUpload(
  context: Context,
  { sessionId, withToken, signFirst = 0 }: { sessionId: string; withToken: boolean; signFirst?: number },
): Promise<StartedUpload> {
  const { token, tokenHash } = newUploadToken();
  const session = await transaction(context.em, async (tx) => {
    const { session } = await lockSession(tx, sessionId, context.actor);
    if (withToken && session.isLive()) session.tokenHash = tokenHash;
    return session;
  });
  const shown = await showStarted(context, session, signFirst);
  return { ...shown, uploadToken: session.tokenHash === tokenHash ? token : null };
}

async function signLacking(
  context: Context,
  session: UploadSession,
  stored: readonly StoredPart[],
  count: number,
): Promise<SignedPart[]> {
  if (count === 0 || session.provider !== 'S3_MULTIPART' || !isSignable(session, context.now())) return [];
  const there = new Set(stored.map((part) => part.partNumber));
  const lacking: number[] = [];
  const last = signableParts(session);
  for (let n = 1; n <= last && lacking.length < count; n += 1) if (!there.has(n)) lacking.push(n);
  const isWritten =
    !isWorthWriting(context, session.lastSignedAt) ||
    (await recordSignature(context, session, { starts: false }));
  // Paused or ended meanwhile: the client learns that when it asks for parts.
  if (!isWritten) return [];
  return partUrls(context, session, lacking);
}

function isSignable(session: UploadSession, now: Date): boolean {
  try {
    refuseUnlessSignable(session, now);
    return true;
  } catch (error) {
    if (isDomainError(error)) return false;
    throw error;
  }
}
