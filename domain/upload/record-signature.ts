import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { CHECK_EVERY_SECONDS } from './next-check.ts';

/**
 * A signature is written down at most this often, because a fast client signs several times a second. So the check may
 * come this much before its minute is over, and the expiry may be this much short, but never by more.
 */
const WRITE_EVERY_SECONDS = 30;

/** Until when a session lives that is used at `now`: it slides with each use, up to the most any session may live. */
export function lifeEnd({ settings, now }: Needs<'settings' | 'now'>, createdAt: Date): Date {
  const slid = now().getTime() + settings.sessionTtlSeconds * 1000;
  return new Date(Math.min(slid, createdAt.getTime() + settings.sessionMaxSeconds * 1000));
}

/** When storage may be asked about a session that is signed for now: it is looked into within two minutes (R22). */
export function checkAfter(now: Date): Date {
  return new Date(now.getTime() + CHECK_EVERY_SECONDS * 1000);
}

/** True when a signature given now has to be written down: the last that was is too long ago. */
export function isWorthWriting(
  { settings, now }: Needs<'settings' | 'now'>,
  lastSignedAt: Date | null | undefined,
): boolean {
  // A session with a short life may not lose half of it to thrift.
  const everySeconds = Math.min(WRITE_EVERY_SECONDS, settings.sessionTtlSeconds / 4);
  return lastSignedAt == null || now().getTime() - lastSignedAt.getTime() >= everySeconds * 1000;
}

/**
 * Writes down that parts are signed now: the session lives on, and storage is asked later. One statement without a lock:
 * it finds a session that may not be signed for (paused, ended, being completed) as little as a lock would.
 *
 * @param starts the client asked for these parts, so an INITIATED session is under way; without it the status stays
 * @returns false where it found none
 */
export async function recordSignature(
  context: Needs<'em' | 'settings' | 'now'>,
  { id, createdAt }: { id: string; createdAt: Date },
  { starts }: { starts: boolean },
): Promise<boolean> {
  const at = context.now();
  const { numAffectedRows } = await sql`
    update upload_sessions set status = case when ${starts} then 'IN_PROGRESS' else status end, last_signed_at = ${at.toISOString()}::timestamptz,
      next_check_at = ${checkAfter(at).toISOString()}::timestamptz,
      expires_at = ${lifeEnd(context, createdAt).toISOString()}::timestamptz, updated_at = now()
    where id = ${id}::uuid and status in ('INITIATED', 'IN_PROGRESS')
      and (completing_until is null or completing_until < ${at.toISOString()}::timestamptz)`.execute(
    context.em.getKysely(),
  );
  return numAffectedRows !== 0n;
}
