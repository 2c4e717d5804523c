import { type RawBuilder, sql } from 'kysely';
import type { TranscoderName, VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import type { VideoBatch } from './video-batch.ts';

/** Which work is looked for. */
export interface LongRunningSearch {
  /** Videos whose work has lasted longer than this. 0 for all that has begun. */
  readonly olderThanSeconds: number;
  /** Only what this transcoder has in hand. */
  readonly provider?: TranscoderName | undefined;
  /** Also videos whose work has not begun; their time counts from when they began to wait. */
  readonly includeWaiting?: boolean | undefined;
  /** Also the next version of a READY video, which stays READY and plays on. */
  readonly includeReady?: boolean | undefined;
}

export interface LongRunning {
  readonly videoId: string;
  /** Its open attempt; null while its source waits to be looked at. */
  readonly jobId: string | null;
  readonly provider: VersionMaker | null;
  readonly since: Date;
}

/**
 * Videos whose work has lasted longer than that, in order of their ids. Work begins with the first attempt that began
 * since it was last asked for: what is tried again and again has lasted since then, not since its last try.
 */
export async function findLongRunning(
  { em, now }: Needs<'em' | 'now'>,
  { olderThanSeconds, provider, includeWaiting, includeReady, limit, after }: LongRunningSearch & VideoBatch,
): Promise<LongRunning[]> {
  const before = new Date(now().getTime() - olderThanSeconds * 1000).toISOString();
  const only = (condition: RawBuilder<unknown>, wanted: boolean) => (wanted ? condition : sql`true`);
  const { rows } = await sql<{ id: string; job_id: string | null; provider: VersionMaker; since: string }>`
    select * from (
      select v.id, o.id as job_id, o.provider, coalesce(run.began_at,
        case when ${includeWaiting === true} then coalesce(o.created_at, v.updated_at) end) as since
      from videos v
      left join transcode_jobs o on o.video_id = v.id and o.state in ('QUEUED', 'RUNNING')
      left join lateral (select min(j.started_at) as began_at from transcode_jobs j
        where j.video_id = o.video_id and j.plan -> 'source' ->> 'key' = o.plan -> 'source' ->> 'key'
          and not exists (select from transcode_jobs later where later.video_id = j.video_id
            and later.request_id is not null and later.created_at > j.created_at)) run on true
      where v.deleted_at is null and coalesce(o.provider, '') <> 'import'
        and (v.status = 'TRANSCODING' or (${includeReady === true} and v.status = 'READY' and o.id is not null))
        and ${only(sql`o.provider = ${provider}`, provider !== undefined)}
        and ${only(sql`v.id > ${after}::uuid`, after !== undefined)}
    ) work where since < ${before}::timestamptz order by id limit ${limit}`.execute(em.fork().getKysely());
  return rows.map((row) => ({
    videoId: row.id,
    jobId: row.job_id,
    provider: row.provider,
    since: new Date(row.since),
  }));
}
