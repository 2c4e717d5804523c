import { sql } from 'kysely';
import { mayUpload } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { preparedRows } from '../prepared-query.ts';
import { policyNamed } from './accept-source.ts';
import { uploadNotFound } from './lock-session.ts';
import { partCountFor, partLength } from './part-plan.ts';
import { refuseUnlessOpen } from './session-refusals.ts';
import type { UploadSessionStatus } from './upload-session-states.ts';
import type { SignedPart } from './upload-view.ts';

/** An expiry is written again when it would slide by more than this, or by a quarter of a session's life. */
const SLIDE_MAX_SECONDS = 3600;

interface SessionRow {
  id: string;
  owner_id: string;
  status: UploadSessionStatus;
  file_key: string;
  provider_upload_id: string;
  policy: string;
  size_bytes: string | null;
  part_size_bytes: string;
  expires_ms: string;
  completing_ms: string | null;
}

/**
 * Signs parts, the first one starting the upload. No round trip to storage, one row read; a row is written only when
 * the upload starts or when its expiry has slid by more than an hour, or a quarter of a short life.
 *
 * Throws DomainError `upload_not_found`, `upload_closed`, `upload_expired`, `upload_paused`, `completing`,
 * `part_out_of_range`.
 */
export async function signParts(
  {
    em,
    actor,
    storage,
    settings,
    metrics,
    now,
  }: Needs<'em' | 'actor' | 'storage' | 'settings' | 'metrics' | 'now'>,
  { sessionId, partNumbers }: { sessionId: string; partNumbers: readonly number[] },
): Promise<SignedPart[]> {
  const [row] = await preparedRows(
    em,
    sql<SessionRow>`
    select s.id, v.owner_id, s.status, s.file_key, s.provider_upload_id, s.policy, s.size_bytes, s.part_size_bytes,
      extract(epoch from s.expires_at) * 1000 as expires_ms,
      extract(epoch from s.completing_until) * 1000 as completing_ms
    from upload_sessions s join videos v on v.id = s.video_id
    where s.id = ${sessionId}::uuid and v.deleted_at is null`,
  );

  if (!row || !mayUpload(actor, row.owner_id, sessionId)) throw uploadNotFound(sessionId);
  const expiresAt = new Date(Number(row.expires_ms));
  const completingUntil = row.completing_ms === null ? null : new Date(Number(row.completing_ms));
  refuseUnlessOpen({ status: row.status, expiresAt, completingUntil }, now());
  if (row.status === 'PAUSED')
    throw new DomainError('upload_paused', 'This upload is paused; resume it first');

  const sizeBytes = row.size_bytes === null ? null : Number(row.size_bytes);
  const partSizeBytes = Number(row.part_size_bytes);
  refuseOutOfRange(partNumbers, sizeBytes === null ? 10_000 : partCountFor(sizeBytes, partSizeBytes));

  const slid = new Date(now().getTime() + settings.sessionTtlSeconds * 1000);
  const slideSeconds = Math.min(SLIDE_MAX_SECONDS, settings.sessionTtlSeconds / 4);
  if (row.status === 'INITIATED' || slid.getTime() - expiresAt.getTime() > slideSeconds * 1000) {
    const { numAffectedRows } = await sql`
      update upload_sessions set status = 'IN_PROGRESS', expires_at = ${slid.toISOString()}::timestamptz,
        next_check_at = now() + interval '2 minutes', updated_at = now()
      where id = ${sessionId}::uuid and status in ('INITIATED', 'IN_PROGRESS')
        and (completing_until is null or completing_until < now())`.execute(em.getKysely());
    if (numAffectedRows === 0n)
      throw new DomainError('upload_closed', 'This upload was paused or ended meanwhile');
  }

  const { urlTtlSeconds } = policyNamed(settings.policies, row.policy);
  const signed = await Promise.all(
    partNumbers.map(async (partNumber): Promise<SignedPart> => {
      const length = sizeBytes === null ? null : partLength(sizeBytes, partSizeBytes, partNumber);
      const { url, expiresAt } = await storage.sources.presignPart(
        row.file_key,
        row.provider_upload_id,
        partNumber,
        {
          urlTtlSeconds,
          ...(length !== null && { sizeBytes: length }),
        },
      );
      return { partNumber, url, sizeBytes: length, expiresAt };
    }),
  );
  metrics.uploadsSigned(signed.length);
  return signed;
}

function refuseOutOfRange(partNumbers: readonly number[], partCount: number): void {
  const wrong = partNumbers.filter((n) => !Number.isInteger(n) || n < 1 || n > partCount);
  if (wrong.length === 0) return;
  const message = `this upload has parts 1 to ${partCount}, not ${wrong.join(', ')}`;
  throw new DomainError('part_out_of_range', message, { fields: [{ field: 'partNumber', message }] });
}
