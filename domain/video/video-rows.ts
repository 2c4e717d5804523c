import type { EntityManager } from '@mikro-orm/postgresql';
import { type RawBuilder, sql } from 'kysely';
import type { FailReason } from '../fail-reasons.ts';
import { preparedRows } from '../prepared-query.ts';
import type { VideoRow } from './present-video.ts';
import type { VideoStatus } from './video-states.ts';

/** A video as the hot reads see it, with what lists page by. */
export interface VideoReadout extends VideoRow {
  readonly progressPercent: number | null;
  readonly deleted: boolean;
  /** `created_at` as SQL text: a JS date would lose its microseconds and skip rows (R25). */
  readonly createdAtText: string;
}

interface RawRow {
  id: string;
  owner_id: string;
  title: string;
  description: string | null;
  source_mime: string | null;
  source_size_bytes: string | null;
  status: VideoStatus;
  fail_reason: FailReason | null;
  current_version: string | null;
  poster_key: string | null;
  storage: string | null;
  duration_seconds: string | null;
  width: number | null;
  height: number | null;
  created_via: string;
  metadata: Record<string, unknown>;
  created_ms: string;
  updated_ms: string;
  created_text: string;
  deleted: boolean;
  progress: string | null;
}

/**
 * Reads videos by SQL of their own instead of entities: status, list and playback are asked many times a second, and
 * the mapper costs three to five times the query.
 *
 * @param condition on `v`, the videos
 */
export async function readVideoRows(
  em: EntityManager,
  condition: RawBuilder<unknown>,
  limit = 1,
): Promise<VideoReadout[]> {
  const rows = await preparedRows(
    em,
    sql<RawRow>`
    select v.id, v.owner_id, v.title, v.description, v.source_mime, v.source_size_bytes, v.status, v.fail_reason,
      v.current_version, v.poster_key, v.storage, v.duration_seconds, v.width, v.height, v.created_via, v.metadata,
      extract(epoch from v.created_at) * 1000 as created_ms, extract(epoch from v.updated_at) * 1000 as updated_ms,
      (v.created_at at time zone 'UTC')::text || '+00' as created_text, v.deleted_at is not null as deleted,
      case when v.status = 'TRANSCODING' then (select j.progress from transcode_jobs j
        where j.video_id = v.id and j.state in ('QUEUED', 'RUNNING')) end as progress
    from videos v where ${condition}
    order by v.created_at desc, v.id desc limit ${limit}`,
  );
  return rows.map(fromRow);
}

function fromRow(row: RawRow): VideoReadout {
  return {
    id: row.id,
    ownerId: row.owner_id,
    title: row.title,
    description: row.description,
    sourceMime: row.source_mime,
    sourceSizeBytes: asNumber(row.source_size_bytes),
    status: row.status,
    failReason: row.fail_reason,
    currentVersion: row.current_version,
    posterKey: row.poster_key,
    storage: row.storage,
    durationSeconds: asNumber(row.duration_seconds),
    width: row.width,
    height: row.height,
    createdVia: row.created_via,
    metadata: row.metadata,
    createdAt: new Date(Math.trunc(Number(row.created_ms))),
    updatedAt: new Date(Math.trunc(Number(row.updated_ms))),
    createdAtText: row.created_text,
    deleted: row.deleted,
    progressPercent: asNumber(row.progress),
  };
}

/** Postgres sends bigint and numeric as text; ours fit a double exactly. */
function asNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
