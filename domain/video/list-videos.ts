import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
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
    nextCursor: rows.length > limit && last ? writeCursor(last.createdAtText, last.id) : null,
  };
}

/** What `writeCursor` writes: the text Postgres printed for a session in UTC, and an id. */
const CURSOR =
  /^((?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\+00\|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function writeCursor(createdAt: string, id: string): string {
  return Buffer.from(`${createdAt}|${id}`).toString('base64url');
}

function readCursor(cursor: string): { createdAt: string; id: string } {
  const [, moment, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  // A date such as 30 February has the right shape and would still be refused by Postgres.
  const parsed = moment === undefined ? Number.NaN : Date.parse(`${moment.replace(' ', 'T')}Z`);
  const sameDay = !Number.isNaN(parsed) && moment?.startsWith(new Date(parsed).toISOString().slice(0, 10));
  if (moment === undefined || id === undefined || !sameDay)
    throw new DomainError('invalid_cursor', 'The cursor is not one that a list gave out');
  return { createdAt: `${moment}+00`, id };
}
