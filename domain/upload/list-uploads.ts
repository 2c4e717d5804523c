import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { readCursor, writeCursor } from '../page-cursor.ts';
import { asRanges, partCountFor } from './part-plan.ts';
import type { UploadSessionStatus } from './upload-session-states.ts';
import type { UploadView } from './upload-view.ts';

export interface ListUploads {
  /** 1 to 100. */
  readonly limit: number;
  readonly cursor?: string;
  /** Only uploads of this content: SHA-256, hex. */
  readonly fingerprint?: string;
}

/** An upload that any device of its owner can go on with. */
export interface OpenUpload {
  /** `stored` and `bytesUploaded` as they were at `storedAt`. */
  readonly upload: UploadView;
  readonly title: string;
  readonly fileName: string | null;
  readonly fingerprint: string | null;
  /** When storage was asked last; null for never, then nothing is known to be stored. */
  readonly storedAt: Date | null;
  readonly createdAt: Date;
}

export interface UploadPage {
  readonly items: readonly OpenUpload[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

interface Row {
  id: string;
  video_id: string;
  title: string;
  status: UploadSessionStatus;
  file_name: string | null;
  fingerprint: string | null;
  size_bytes: string | null;
  part_size_bytes: string;
  part_numbers: number[] | null;
  stored_bytes: string;
  stored_ms: string | null;
  expires_ms: string;
  created_ms: string;
  created_text: string;
}

/**
 * The owner's uploads by parts that can still be gone on with, newest first, then by id. What is stored comes from the
 * last listing that somebody asked for and never from storage: a page would cost a call for each of its rows. Whoever
 * goes on with one reads it by `getUpload` first.
 *
 * Throws DomainError `invalid_cursor`, `forbidden`.
 */
export async function listUploads(
  { em, actor, now }: Needs<'em' | 'actor' | 'now'>,
  { limit, cursor, fingerprint }: ListUploads,
): Promise<UploadPage> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'A list belongs to an owner');
  const after = cursor === undefined ? null : readCursor(cursor);
  const { rows } = await sql<Row>`
    select s.id, s.video_id, v.title, s.status, s.file_name, s.fingerprint, s.size_bytes, s.part_size_bytes,
      stored.part_numbers, stored.stored_bytes,
      extract(epoch from s.stored_parts_at) * 1000 as stored_ms,
      extract(epoch from s.expires_at) * 1000 as expires_ms,
      extract(epoch from s.created_at) * 1000 as created_ms,
      (s.created_at at time zone 'UTC')::text || '+00' as created_text
    from upload_sessions s join videos v on v.id = s.video_id
      cross join lateral (select array_agg((part ->> 'partNumber')::int order by (part ->> 'partNumber')::int)
          as part_numbers, coalesce(sum((part ->> 'sizeBytes')::bigint), 0) as stored_bytes
        from jsonb_array_elements(coalesce(s.stored_parts, '[]')) part) stored
    where v.owner_id = ${actor.ownerId}::uuid and v.deleted_at is null and s.provider = 'S3_MULTIPART'
      and s.status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')
      and s.expires_at > ${now().toISOString()}::timestamptz
      ${fingerprint === undefined ? sql`` : sql`and s.fingerprint = ${fingerprint}`}
      ${after === null ? sql`` : sql`and (s.created_at, s.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`}
    order by s.created_at desc, s.id desc limit ${limit + 1}`.execute(em.getKysely());
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(openUpload),
    nextCursor:
      rows.length > limit && last ? writeCursor({ createdAt: last.created_text, id: last.id }) : null,
  };
}

function openUpload(row: Row): OpenUpload {
  const sizeBytes = row.size_bytes === null ? null : Number(row.size_bytes);
  const partSizeBytes = Number(row.part_size_bytes);
  return {
    upload: {
      id: row.id,
      videoId: row.video_id,
      status: row.status,
      bytesUploaded: Number(row.stored_bytes),
      sizeBytes,
      partSizeBytes,
      partCount: sizeBytes === null ? null : partCountFor(sizeBytes, partSizeBytes),
      stored: asRanges(row.part_numbers ?? []),
      expiresAt: new Date(Number(row.expires_ms)),
    },
    title: row.title,
    fileName: row.file_name,
    fingerprint: row.fingerprint,
    storedAt: row.stored_ms === null ? null : new Date(Number(row.stored_ms)),
    createdAt: new Date(Number(row.created_ms)),
  };
}
