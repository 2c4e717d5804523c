import type { Needs } from '../context.ts';
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
