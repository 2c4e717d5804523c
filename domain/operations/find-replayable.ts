import { type RawBuilder, sql } from 'kysely';
import type { Needs } from '../context.ts';
import { FAIL_REASONS, type FailReason, isSourceFault } from '../fail-reasons.ts';

/** Failures after which the same source may do better. Of an upload that failed there is none, of an archive another file. */
export const REPLAYED_REASONS: readonly FailReason[] = FAIL_REASONS.filter(
  (reason) => !isSourceFault(reason) && !/^(UPLOAD|ARCHIVE|HLS)_/.test(reason),
);

export interface Replayable {
  readonly videoId: string;
  readonly failReason: FailReason;
}

interface Wanted {
  readonly reasons: readonly FailReason[];
  readonly since?: Date | undefined;
}

/** FAILED videos, in order of their ids, which is the order in which they were made. */
export async function findReplayable(
  { em }: Needs<'em'>,
  { after, limit, ...wanted }: Wanted & { after?: string | undefined; limit: number },
): Promise<Replayable[]> {
  const { rows } = await sql<Replayable>`
    select id as "videoId", fail_reason as "failReason" from videos where ${isWanted(wanted)}
      and ${after === undefined ? sql`true` : sql`id > ${after}::uuid`} order by id limit ${limit}`.execute(
    em.fork().getKysely(),
  );
  return rows;
}

/** How many there are, for whoever shows how far he is. */
export async function countReplayable({ em }: Needs<'em'>, wanted: Wanted): Promise<number> {
  const { rows } = await sql<{ videos: string }>`
    select count(*) as videos from videos where ${isWanted(wanted)}`.execute(em.fork().getKysely());
  return Number(rows[0]?.videos ?? 0);
}

function isWanted({ reasons, since }: Wanted): RawBuilder<unknown> {
  const lately = since ? sql`updated_at >= ${since.toISOString()}::timestamptz` : sql`true`;
  const listed = reasons.length > 0 ? sql`fail_reason in (${sql.join(reasons)})` : sql`false`;
  return sql`deleted_at is null and status = 'FAILED' and ${listed} and ${lately}`;
}
