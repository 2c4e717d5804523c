import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { readCursor, writeCursor } from '../page-cursor.ts';
import { presentVideo } from './present-video.ts';
import { readVideoRows } from './video-rows.ts';
import type { VideoStatus } from './video-states.ts';
import type { VideoView } from './video-view.ts';

export interface ListVideos {
  /** 1 to 100. */
  readonly limit: number;
  readonly cursor?: string;
  readonly status?: VideoStatus;
}

export interface VideoPage {
  readonly items: readonly VideoView[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** The owner's videos, newest first, then by id. Throws DomainError `invalid_cursor`. */
export async function listVideos(
  { em, actor, delivery }: Needs<'em' | 'actor' | 'delivery'>,
  { limit, cursor, status }: ListVideos,
): Promise<VideoPage> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'A list belongs to an owner');
  const after = cursor === undefined ? null : readCursor(cursor);
  const rows = await readVideoRows(
    em,
    sql`v.owner_id = ${actor.ownerId}::uuid and v.deleted_at is null
      ${status === undefined ? sql`` : sql`and v.status = ${status}`}
      ${after === null ? sql`` : sql`and (v.created_at, v.id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`}`,
    limit + 1,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((video) => presentVideo(delivery, video, video.progressPercent)),
    nextCursor:
      rows.length > limit && last ? writeCursor({ createdAt: last.createdAtText, id: last.id }) : null,
  };
}
