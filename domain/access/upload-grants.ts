import { randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Actor, Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { mayNamePolicy } from './ownership.ts';
import { UploadGrant } from './upload-grant.entity.ts';
import { hashOfToken } from './upload-token.ts';

const TOKEN = /^ug_[A-Za-z0-9_-]{43}$/;

/** What one grant may allow. */
export const GRANT_LIMITS = {
  uploadsMax: 1000,
  expiresInSecondsMin: 60,
  expiresInSecondsMax: 7 * 86_400,
} as const;

/** Clients of no contract in particular are judged by this policy. */
const USUAL_POLICY = 'direct';

/**
 * The upload policy of a caller who may name one: `direct` for everybody, another with the scope `admin` or
 * `uploads:<name>`. Throws DomainError `forbidden`.
 */
export function choosePolicy(actor: Actor & { kind: 'user' }, wanted: string = USUAL_POLICY): string {
  if (wanted === USUAL_POLICY || mayNamePolicy(actor, wanted)) return wanted;
  throw new DomainError('forbidden', `The policy ${wanted} needs the scope admin or uploads:${wanted}`);
}

/** As `choosePolicy` where nobody granted anything; under a grant, whose owner has chosen, it is the grant's. */
export function choosePolicyUnder(
  grant: LiveGrant | undefined,
  actor: Actor,
  wanted: string | undefined,
): string {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can begin an upload');
  if (!grant) return choosePolicy(actor, wanted);
  if (wanted === undefined || wanted === grant.policy) return grant.policy;
  throw new DomainError('forbidden', `This grant is for the policy ${grant.policy}`);
}

/** An upload grant as its owner sees it. */
export interface UploadGrantView {
  readonly id: string;
  /** Null wherever it is not new: a token is shown once. */
  readonly token: string | null;
  readonly policy: string;
  readonly uploadsLeft: number;
  readonly expiresAt: Date;
}

/** True for what looks like the token of a grant; neither a JWT nor an upload token does. */
export function isGrantToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Lets somebody begin uploads for this owner without a bearer token: whoever holds the answer's `token`, until it has
 * expired or was used often enough. Throws DomainError `forbidden`, `policy_unknown`.
 */
export async function createUploadGrant(
  { em, actor, settings, now }: Needs<'em' | 'actor' | 'settings' | 'now'>,
  input: { uploads: number; expiresInSeconds: number; policy?: string },
): Promise<UploadGrantView> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can grant uploads');
  const policy = choosePolicy(actor, input.policy);
  policyNamed(settings.policies, policy);
  const token = `ug_${randomBytes(32).toString('base64url')}`;
  const grant = em.fork().create(UploadGrant, {
    id: newId(),
    ownerId: actor.ownerId,
    tokenHash: hashOfToken(token),
    policy,
    uploadsLeft: input.uploads,
    expiresAt: new Date(now().getTime() + input.expiresInSeconds * 1000),
    createdAt: now(),
  });
  await em.fork().insert(grant);
  return { ...viewOf(grant), token };
}

/** A grant of the caller's, without its token. Throws DomainError `not_found`. */
export async function getUploadGrant(
  { em, actor }: Needs<'em' | 'actor'>,
  { grantId }: { grantId: string },
): Promise<UploadGrantView> {
  const grant =
    actor.kind === 'user' && (await em.fork().findOne(UploadGrant, { id: grantId, ownerId: actor.ownerId }));
  if (!grant) throw new DomainError('not_found', 'There is no upload grant with this id');
  return viewOf(grant);
}

/** No more uploads begin with it; those that have begun go on. A grant that is gone is no error. */
export async function deleteUploadGrant(
  { em, actor }: Needs<'em' | 'actor'>,
  { grantId }: { grantId: string },
): Promise<void> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only the owner can withdraw a grant');
  await em.fork().nativeDelete(UploadGrant, { id: grantId, ownerId: actor.ownerId });
}

/** A grant that can begin an upload now, and its owner as an actor. */
export interface LiveGrant {
  readonly id: string;
  readonly policy: string;
  readonly actor: Actor & { kind: 'user' };
}

/** Throws DomainError `unauthenticated` for a token that nobody made or that was withdrawn, `grant_used_up`. */
export async function findGrant({ em, now }: Needs<'em' | 'now'>, token: string): Promise<LiveGrant> {
  const grant = isGrantToken(token)
    ? await em.fork().findOne(UploadGrant, { tokenHash: hashOfToken(token) })
    : null;
  if (!grant) throw new DomainError('unauthenticated', 'This upload grant is unknown');
  if (grant.uploadsLeft < 1 || grant.expiresAt <= now()) throw usedUp();
  return { id: grant.id, policy: grant.policy, actor: { kind: 'user', ownerId: grant.ownerId, scopes: [] } };
}

/** Takes one upload off a grant, exactly when the transaction commits. Throws DomainError `grant_used_up`. */
export async function spendGrant(tx: EntityManager, grantId: string, now: Date): Promise<void> {
  const { numAffectedRows } = await sql`
    update upload_grants set uploads_left = uploads_left - 1
    where id = ${grantId}::uuid and uploads_left > 0 and expires_at > ${now.toISOString()}::timestamptz`.execute(
    tx.getKysely(),
  );
  if (numAffectedRows === 0n) throw usedUp();
}

/**
 * What a session keeps of the grant that began it. The session's id alone opens nothing, nor does another grant; and
 * nothing of the grant's row is asked, so an upload goes on when its grant has run out.
 */
export function sessionHashUnderGrant(token: string, sessionId: string): string {
  return hashOfToken(`${token} ${sessionId}`);
}

function usedUp(): DomainError {
  return new DomainError('grant_used_up', 'This upload grant has run out, or began all the uploads it may');
}

function viewOf({ id, policy, uploadsLeft, expiresAt }: UploadGrant): UploadGrantView {
  return { id, token: null, policy, uploadsLeft, expiresAt };
}
