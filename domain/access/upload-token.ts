import { createHash, randomBytes } from 'node:crypto';
import type { Actor, Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { LIVE_SESSION_STATES } from '../upload/upload-session-states.ts';
import { Video } from '../video/video.entity.ts';

const TOKEN = /^up_[A-Za-z0-9_-]{43}$/;

/** A token of 256 random bits and what is stored of it. It is shown once and cannot be read again (R16). */
export function newUploadToken(): { token: string; tokenHash: string } {
  const token = `up_${randomBytes(32).toString('base64url')}`;
  return { token, tokenHash: hashOfToken(token) };
}

/** SHA-256, hex. The bits are random, so nothing slower is needed. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** True for what looks like an upload token; a JWT never does. */
export function isUploadToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Whoever holds the token, while its session lives. Throws DomainError `unauthenticated` for one that is unknown, or
 * whose session has ended.
 */
export async function uploadActor(
  { em, now }: Needs<'em' | 'now'>,
  token: string,
): Promise<Actor & { kind: 'upload' }> {
  const read = em.fork();
  const session = isUploadToken(token)
    ? await read.findOne(UploadSession, {
        tokenHash: hashOfToken(token),
        status: { $in: [...LIVE_SESSION_STATES] },
        expiresAt: { $gt: now() },
      })
    : null;
  const video = session && (await read.findOne(Video, { id: session.videoId, deletedAt: null }));
  if (!session || !video)
    throw new DomainError('unauthenticated', 'The upload token is unknown, or its upload has ended');
  return { kind: 'upload', ownerId: video.ownerId, sessionId: session.id };
}
