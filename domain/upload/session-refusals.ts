import { DomainError } from '../errors.ts';
import type { UploadSessionStatus } from './upload-session-states.ts';

/** What decides whether a session may be worked on. */
export interface SessionStanding {
  readonly status: UploadSessionStatus;
  readonly expiresAt: Date;
  readonly completingUntil?: Date | null | undefined;
}

/** Refuses a session that is over, has run out, or is being completed by somebody. */
export function refuseUnlessOpen(session: SessionStanding, now: Date): void {
  refuseWhenClosed(session, now);
  if (session.completingUntil != null && session.completingUntil > now)
    throw new DomainError('completing', 'This upload is being completed; ask for its status');
}

/** Refuses a session that nobody may sign for: one that is not open, or paused. */
export function refuseUnlessSignable(session: SessionStanding, now: Date): void {
  refuseUnlessOpen(session, now);
  if (session.status === 'PAUSED')
    throw new DomainError('upload_paused', 'This upload is paused; resume it first');
}

/** Refuses a session that is over or has run out. */
export function refuseWhenClosed({ status, expiresAt }: SessionStanding, now: Date): void {
  if (status === 'FAILED')
    throw new DomainError('upload_expired', 'This upload ended without success; start a new one', {
      members: { status },
    });
  if (status === 'COMPLETED' || status === 'CANCELED')
    throw new DomainError('upload_closed', `This upload is ${status}; start a new one to send another file`, {
      members: { status },
    });
  if (expiresAt <= now)
    throw new DomainError('upload_expired', 'This upload has expired; start a new one', {
      members: { status },
    });
}
