import type { Context } from '#domain/context.ts';
import type { JobName } from '#domain/jobs.ts';

export interface QueuedJob {
  readonly id: string;
  readonly task: JobName;
  readonly payload: Record<string, unknown>;
  readonly runAt: Date;
}

export interface AttemptRow {
  readonly id: string;
  readonly state: string;
  readonly provider: string;
  readonly provider_job_id: string | null;
  readonly failed_before: number;
  readonly forgotten_before: number;
  readonly fail_reason: string | null;
  readonly fail_detail: string | null;
  readonly version: string;
  readonly output_prefix: string;
  readonly run_at: string;
  readonly dispatched_at: string | null;
  readonly lease_token: string | null;
  readonly lease_until: string | null;
  readonly sweep_at: string | null;
  readonly swept_at: string | null;
  readonly progress: string;
}

/** What a deployment under test keeps in its database, past everything that presents it. */
export abstract class StagedRows {
  abstract system(): Context;

  /** Rows as Postgres has them. */
  async sql<T extends object = Record<string, unknown>>(
    statement: string,
    values: unknown[] = [],
  ): Promise<T[]> {
    return (await this.system().em.execute(statement, values)) as T[];
  }

  async row<T extends object = Record<string, unknown>>(table: string, id: string): Promise<T> {
    const [row] = await this.sql<T>(`select * from ${table} where id = ?`, [id]);
    if (!row) throw new Error(`There is no row ${id} in ${table}`);
    return row;
  }

  /** Status and reason of a video, the pair that clients see. */
  async standing(videoId: string): Promise<[status: string, failReason: string | null]> {
    const { status, fail_reason } = await this.row<{ status: string; fail_reason: string | null }>(
      'videos',
      videoId,
    );
    return [status, fail_reason];
  }

  /** Attempts of a video in the order in which they began. */
  attempts(videoId: string): Promise<AttemptRow[]> {
    return this.sql('select * from transcode_jobs where video_id = ? order by created_at, id', [videoId]);
  }

  /** The one attempt that is QUEUED or RUNNING. */
  async openAttempt(videoId: string): Promise<AttemptRow> {
    const open = (await this.attempts(videoId)).filter(({ state }) => ['QUEUED', 'RUNNING'].includes(state));
    const [attempt] = open;
    if (!attempt || open.length > 1) throw new Error(`The video has ${open.length} open attempts`);
    return attempt;
  }

  /** What waits in the queue; not what it has given up. */
  async queue(task?: JobName, member?: Record<string, unknown>): Promise<QueuedJob[]> {
    return this.sql<QueuedJob & Record<string, unknown>>(
      `select j.id, t.identifier as task, j.payload, j.run_at as "runAt"
       from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
       where (?::text is null or t.identifier = ?::text) and j.payload::jsonb @> ?::jsonb
         and j.attempts < j.max_attempts
       order by j.run_at, j.id`,
      [task ?? null, task ?? null, JSON.stringify(member ?? {})],
    );
  }
}
