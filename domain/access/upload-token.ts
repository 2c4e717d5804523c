import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Actor, Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { preparedRows } from '../prepared-query.ts';

const PREFIX = 'up_';
const TOKEN = /^up_[A-Za-z0-9_-]{43}$/;
/** A phone that lost the answer to its `complete` may be without a network for a night. */
const ANSWER_LOST_SECONDS = 24 * 3600;

/** A token of 256 random bits and what is stored of it. It is shown once and cannot be read again (R16). */
export function newUploadToken(): { token: string; tokenHash: string } {
  const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
  return { token, tokenHash: hashOfToken(token) };
}

/** SHA-256, hex. The bits are random, so nothing slower is needed. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** True for what claims to be an upload token, well formed or not; a JWT never does. */
export function isUploadToken(text: string): boolean {
  return text.startsWith(PREFIX);
}

/**
 * Whoever holds the token, while its session lives: not once it is completed, canceled, expired, or its video deleted.
 *
 * @param completedToo also for a day after completion: a client that lost the answer has to learn how it ended. For
 *   routes that change nothing of a completed session only.
 * Throws DomainError `unauthenticated` for a token that is unknown or whose session has ended.
 */
export async function uploadActor(
  { em, now }: Needs<'em' | 'now'>,
  token: string,
  { completedToo = false }: { completedToo?: boolean } = {},
): Promise<Actor & { kind: 'upload' }> {
  const at = now().toISOString();
  const completedAfter = new Date(now().getTime() - ANSWER_LOST_SECONDS * 1000).toISOString();
  const [row] = TOKEN.test(token)
    ? await preparedRows(
        em,
        sql<{ id: string; owner_id: string }>`
    select s.id, v.owner_id from upload_sessions s join videos v on v.id = s.video_id
    where s.token_hash = ${hashOfToken(token)} and v.deleted_at is null and (
      (s.status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')
        and (s.expires_at > ${at}::timestamptz or s.completing_until > ${at}::timestamptz))
      or (${completedToo} and s.status = 'COMPLETED' and s.updated_at > ${completedAfter}::timestamptz))`,
      )
    : [];
  if (!row) throw new DomainError('unauthenticated', 'The upload token is unknown, or its upload has ended.');
  return { kind: 'upload', ownerId: row.owner_id, sessionId: row.id };
}
