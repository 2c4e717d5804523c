import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { DomainError } from '../errors.ts';
import type { UploadPolicy } from '../upload/upload-policies.ts';
import { UploadStart } from './upload-start.entity.ts';

const WINDOW_SECONDS = 3600;

/** An upload that is about to begin. `policyName` names `policy`. */
export interface UploadBeginning {
  readonly ownerId: string;
  readonly policyName: string;
  readonly policy: UploadPolicy;
  readonly now: Date;
}

/**
 * Counts an upload that begins in this transaction; it counts exactly when the transaction commits. Any hour counts, not
 * the clock's: the first slot is free again an hour after it was taken. All API processes count together.
 *
 * Throws DomainError `rate_limited` with `retryAfterSeconds`.
 */
export async function countUpload(tx: EntityManager, start: UploadBeginning): Promise<void> {
  const { ownerId, policyName, policy, now } = start;
  if (policy.uploadsPerHour === null) return;
  // Two requests of one owner would both see the last free slot.
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `uploads:${policyName}:${ownerId}`,
  ]);
  await refuseOverLimit(tx, start);
  tx.create(UploadStart, { ownerId, policy: policyName, createdAt: now });
}

/**
 * The same without counting, to refuse before storage is asked; two requests at once may both pass here.
 * Throws DomainError `rate_limited` with `retryAfterSeconds`.
 */
export async function refuseOverLimit(em: EntityManager, start: UploadBeginning): Promise<void> {
  const { ownerId, policyName, policy, now } = start;
  if (policy.uploadsPerHour === null) return;
  const since = new Date(now.getTime() - WINDOW_SECONDS * 1000).toISOString();
  const { rows } = await sql<{ started_ms: string }>`
    select extract(epoch from created_at) * 1000 as started_ms from upload_starts
    where owner_id = ${ownerId}::uuid and policy = ${policyName} and created_at > ${since}::timestamptz
    order by created_at desc offset ${policy.uploadsPerHour - 1} limit 1`.execute(em.getKysely());
  const [oldest] = rows;
  if (!oldest) return;
  const freeAtMs = Number(oldest.started_ms) + WINDOW_SECONDS * 1000;
  throw new DomainError(
    'rate_limited',
    `At most ${policy.uploadsPerHour} uploads an hour may be begun under the policy ${policyName}`,
    {
      members: { retryAfterSeconds: Math.max(1, Math.ceil((freeAtMs - now.getTime()) / 1000)) },
    },
  );
}
