import { type RawBuilder, sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';

/** What an `Idempotency-Key` is unique in: the same text of another owner, or on another route, is another key (R17). */
export interface IdempotencyScope {
  readonly ownerId: string;
  readonly method: string;
  /** The route's template, never the path. */
  readonly route: string;
  readonly key: string;
}

/** The right, and the duty, to run a request; ended by `settleRequest` or `releaseRequest`. */
export interface RequestClaim {
  readonly id: string;
  readonly token: string;
}

/** What the first request with a key made. It is read, presented and signed anew. */
export interface EarlierRequest {
  readonly status: number;
  readonly resourceId: string;
}

type Context = Needs<'em' | 'settings' | 'now'>;

interface KeyRow {
  id: string;
  request_hash: string;
  status: number | null;
  resource_id: string | null;
}

/** A row that goes between two statements of ours is rare; twice in a row is somebody hammering one key. */
const ROUNDS = 5;

/**
 * Claims a key for the request that brings it, in a row of its own that is committed before anything runs. A key that is
 * older than its life is as good as new, and so is the claim of a request whose process died.
 *
 * @param requestHash of everything that makes the request what it is
 * Throws DomainError `idempotency_mismatch` (the key meant another request), `idempotency_in_progress`.
 */
export async function claimRequest(
  context: Context,
  scope: IdempotencyScope,
  requestHash: string,
): Promise<RequestClaim | EarlierRequest> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const claim = await insertClaim(context, scope, requestHash);
    if (claim) return claim;
    const standing = await readKey(context, scope);
    if (!standing) continue;
    if (standing.request_hash !== requestHash)
      throw new DomainError(
        'idempotency_mismatch',
        'This Idempotency-Key came with another path or body before',
      );
    if (standing.status === null || standing.resource_id === null) break;
    return { status: standing.status, resourceId: standing.resource_id };
  }
  throw new DomainError('idempotency_in_progress', 'The first request with this Idempotency-Key still runs');
}

/** Takes a new key, one that has lived its time, or one whose claim died while it ran this same request. */
async function insertClaim(
  { em, settings, now }: Context,
  { ownerId, method, route, key }: IdempotencyScope,
  requestHash: string,
): Promise<RequestClaim | null> {
  const token = newId();
  const at = now().getTime();
  const time = (ms: number): RawBuilder<Date> => sql`${new Date(ms).toISOString()}::timestamptz`;
  const { rows } = await sql<{ id: string }>`
    insert into idempotency_keys as k
      (id, owner_id, method, route, key, request_hash, claim_token, claimed_until, created_at)
    values (${newId()}::uuid, ${ownerId}::uuid, ${method}, ${route}, ${key}, ${requestHash}, ${token}::uuid,
      ${time(at + settings.idempotencyClaimSeconds * 1000)}, ${time(at)})
    on conflict (owner_id, method, route, key) do update
      set request_hash = excluded.request_hash, claim_token = excluded.claim_token,
        claimed_until = excluded.claimed_until, created_at = excluded.created_at, status = null, resource_id = null
      where k.created_at <= ${time(at - settings.idempotencyTtlSeconds * 1000)}
        or (k.status is null and k.claimed_until <= ${time(at)} and k.request_hash = excluded.request_hash)
    returning k.id`.execute(em.getKysely());
  const [row] = rows;
  return row ? { id: row.id, token } : null;
}

async function readKey(
  { em }: Context,
  { ownerId, method, route, key }: IdempotencyScope,
): Promise<KeyRow | undefined> {
  const { rows } = await sql<KeyRow>`
    select id, request_hash, status, resource_id from idempotency_keys
    where owner_id = ${ownerId}::uuid and method = ${method} and route = ${route} and key = ${key}`.execute(
    em.getKysely(),
  );
  return rows[0];
}

/** Lets a claim live on while its request does: only that of a process that died runs out. */
export async function renewClaim({ em, settings, now }: Context, { id, token }: RequestClaim): Promise<void> {
  const until = new Date(now().getTime() + settings.idempotencyClaimSeconds * 1000).toISOString();
  await sql`update idempotency_keys set claimed_until = ${until}::timestamptz
    where id = ${id}::uuid and claim_token = ${token}::uuid`.execute(em.getKysely());
}

/** Remembers what the request made. A claim that somebody else has taken over meanwhile stays theirs. */
export async function settleRequest(
  { em }: Needs<'em'>,
  { id, token }: RequestClaim,
  { status, resourceId }: EarlierRequest,
): Promise<void> {
  await sql`update idempotency_keys
    set status = ${status}, resource_id = ${resourceId}, claim_token = null, claimed_until = null
    where id = ${id}::uuid and claim_token = ${token}::uuid`.execute(em.getKysely());
}

/** Forgets a request that made nothing: the same key may try again. */
export async function releaseRequest({ em }: Needs<'em'>, { id, token }: RequestClaim): Promise<void> {
  await sql`delete from idempotency_keys
    where id = ${id}::uuid and claim_token = ${token}::uuid`.execute(em.getKysely());
}
