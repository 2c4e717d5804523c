import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { mayUpload } from '../access/ownership.ts';
import type { Actor, Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { preparedRows } from '../prepared-query.ts';
import { uploadNotFound } from './lock-session.ts';
import { type PartTarget, partUrls, refuseOutOfRange, signableParts } from './part-urls.ts';
import { isWorthWriting, recordSignature } from './record-signature.ts';
import { refuseUnlessSignable } from './session-refusals.ts';
import type { UploadSession } from './upload-session.entity.ts';
import type { UploadSessionStatus } from './upload-session-states.ts';
import type { SignedPart } from './upload-view.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'metrics' | 'now'>;

/** Between a write that found no session to sign for and the reading that says why, it may have changed back. */
const ROUNDS = 3;

/**
 * Signs parts, the first one starting the upload; any part as often as a client likes, so that a URL that ran out costs
 * one call. No round trip to storage, one row read; a row is written when the upload starts, and after that every half
 * minute at most (`recordSignature`).
 *
 * Throws DomainError `upload_not_found`, `upload_closed`, `upload_expired`, `upload_paused`, `completing`,
 * `part_out_of_range` (also for an upload that has no parts: one that comes by a single PUT or by TUS).
 */
export async function signParts(
  context: Context,
  { sessionId, partNumbers }: { sessionId: string; partNumbers: readonly number[] },
): Promise<SignedPart[]> {
  for (let round = 1; ; round += 1) {
    const session = await readSession(context.em, sessionId, context.actor);
    refuseUnlessSignable(session, context.now());
    refuseUnlessParts(session.provider);
    refuseOutOfRange(partNumbers, signableParts(session));
    const isWritten = session.status === 'IN_PROGRESS' && !isWorthWriting(context, session.lastSignedAt);
    if (isWritten || (await recordSignature(context, session, { starts: true })))
      return partUrls(context, session, partNumbers);
    if (round === ROUNDS) throw new DomainError('completing', 'This upload changes just now; ask again');
  }
}

interface SignedSession extends PartTarget {
  readonly id: string;
  readonly status: UploadSessionStatus;
  readonly provider: UploadSession['provider'];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly completingUntil: Date | null;
  readonly lastSignedAt: Date | null;
}

/** By SQL: clients sign many times a minute, and the mapper costs several times the query. */
async function readSession(em: EntityManager, sessionId: string, actor: Actor): Promise<SignedSession> {
  const [row] = await preparedRows(
    em,
    sql<{
      id: string;
      owner_id: string;
      status: UploadSessionStatus;
      provider: UploadSession['provider'];
      file_key: string;
      provider_upload_id: string;
      policy: string;
      size_bytes: string | null;
      part_size_bytes: string;
      created_ms: string;
      expires_ms: string;
      completing_ms: string | null;
      signed_ms: string | null;
    }>`
    select s.id, v.owner_id, s.status, s.provider, s.file_key, s.provider_upload_id, s.policy, s.size_bytes,
      s.part_size_bytes, extract(epoch from s.created_at) * 1000 as created_ms,
      extract(epoch from s.expires_at) * 1000 as expires_ms,
      extract(epoch from s.completing_until) * 1000 as completing_ms,
      extract(epoch from s.last_signed_at) * 1000 as signed_ms
    from upload_sessions s join videos v on v.id = s.video_id
    where s.id = ${sessionId}::uuid and v.deleted_at is null`,
  );
  if (!row || !mayUpload(actor, row.owner_id, sessionId)) throw uploadNotFound(sessionId);
  return {
    id: row.id,
    status: row.status,
    provider: row.provider,
    fileKey: row.file_key,
    providerUploadId: row.provider_upload_id,
    policy: row.policy,
    sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
    partSizeBytes: Number(row.part_size_bytes),
    createdAt: new Date(Number(row.created_ms)),
    expiresAt: new Date(Number(row.expires_ms)),
    completingUntil: row.completing_ms === null ? null : new Date(Number(row.completing_ms)),
    lastSignedAt: row.signed_ms === null ? null : new Date(Number(row.signed_ms)),
  };
}

function refuseUnlessParts(provider: UploadSession['provider']): void {
  if (provider === 'S3_MULTIPART') return;
  const message = 'this upload takes no parts: its bytes come another way';
  throw new DomainError('part_out_of_range', message, { fields: [{ field: 'partNumber', message }] });
}
