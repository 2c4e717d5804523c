import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { FailReason } from '../fail-reasons.ts';
import { transaction } from '../transaction.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { endSession } from './cancel-upload.ts';
import { lockSessionRow } from './lock-session.ts';
import { UploadSession } from './upload-session.entity.ts';

/** A completion that this caller owns until its lease runs out. */
export interface CompletionClaim {
  readonly session: UploadSession;
  readonly token: string;
}

/** Keeps a claim alive while storage works. Returns the function that stops it. */
export function keepClaim(
  { em, settings, log, now }: Needs<'em' | 'settings' | 'log' | 'now'>,
  { session, token }: CompletionClaim,
): () => void {
  const renew = () => {
    const completingUntil = new Date(now().getTime() + settings.completionLeaseSeconds * 1000);
    em.fork()
      .nativeUpdate(UploadSession, { id: session.id, completingToken: token }, { completingUntil })
      .catch((error: unknown) => log.warn({ err: error, sessionId: session.id }, 'claim not renewed'));
  };
  const timer = setInterval(renew, (settings.completionLeaseSeconds * 1000) / 3);
  return () => clearInterval(timer);
}

export function claimLost(): DomainError {
  return new DomainError('completing', 'Somebody else completes this upload');
}

/** Throws DomainError `completing` once the claim is somebody else's, or the session is over. */
export async function assertClaimed(em: EntityManager, { session, token }: CompletionClaim): Promise<void> {
  const held = await em.fork().count(UploadSession, { id: session.id, completingToken: token });
  if (held === 0) throw claimLost();
}

/** Gives the claim back after a refusal, so that the client can mend and call again at once. */
export async function releaseClaim(
  { em, log }: Needs<'em' | 'log'>,
  { session, token }: CompletionClaim,
): Promise<void> {
  await em
    .fork()
    .nativeUpdate(
      UploadSession,
      { id: session.id, completingToken: token },
      { completingToken: null, completingUntil: null, storedPartsAt: null },
    )
    .catch((error: unknown) => log.warn({ err: error, sessionId: session.id }, 'claim not given back'));
}

/** Ends the session without a source, unless the claim is somebody else's by now. */
export async function endClaimed(
  context: Needs<'em' | 'enqueue' | 'settings' | 'metrics' | 'now'>,
  { session: claimed, token }: CompletionClaim,
  reason: FailReason,
): Promise<void> {
  const ended = await transaction(context.em, async (tx) => {
    const video = await lockVideoRow(tx, claimed.videoId);
    const session = await lockSessionRow(tx, claimed.id);
    if (!video || !session?.isLive() || session.completingToken !== token) return false;
    await endSession(context, tx, { video, session, to: video.deletedAt ? 'CANCELED' : 'FAILED', reason });
    return true;
  });
  if (ended) context.metrics.uploadFailed(reason);
}
