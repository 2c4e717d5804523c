import { Client } from 'pg';
import { waitFor } from '#test/support/conditions.ts';

/** A row of `transcode_jobs`, as far as tests look. */
export interface Attempt {
  readonly id: string;
  readonly state: string;
  readonly failed_before: number;
  readonly fail_reason: string | null;
  readonly progress: number;
  readonly lease_token: string | null;
  readonly version: string;
  readonly output_prefix: string;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly swept_at: Date | null;
}

/** Runs one statement on a connection of its own: it works whatever became of any other connection. */
export async function rowsOf<Row extends object>(
  databaseUrl: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** All attempts of a video, the first one first. */
export function attemptsOf(databaseUrl: string, videoId: string): Promise<Attempt[]> {
  return rowsOf<Attempt>(
    databaseUrl,
    'select *, progress::float8 as progress from transcode_jobs where video_id = $1 order by created_at, id',
    [videoId],
  );
}

/** Waits until attempt `number` (from 1) of a video encodes: it has made frames, and has not ended. */
export async function untilEncoding(databaseUrl: string, videoId: string, number = 1): Promise<Attempt> {
  const attempt = await waitFor(
    `attempt ${number} of ${videoId} to encode`,
    async () => {
      const row = (await attemptsOf(databaseUrl, videoId))[number - 1];
      return row && row.state !== 'QUEUED' && (row.state !== 'RUNNING' || row.progress > 0) && row;
    },
    { timeoutMs: 200_000, everyMs: 20 },
  );
  if (attempt.state !== 'RUNNING') throw new Error(`It is ${attempt.state} already, and was to be hit`);
  return attempt;
}

/** Waits until attempt `number` is in a state, and answers its row. */
export function untilAttempt(
  databaseUrl: string,
  videoId: string,
  number: number,
  states: readonly string[],
): Promise<Attempt> {
  return waitFor(
    `attempt ${number} of ${videoId} to be ${states.join(' or ')}`,
    async () => {
      const attempt = (await attemptsOf(databaseUrl, videoId))[number - 1];
      return attempt && states.includes(attempt.state) && attempt;
    },
    { timeoutMs: 200_000, everyMs: 50 },
  );
}

/** The queue's own row of an attempt; undefined when the queue knows none. */
export async function queueRowOf(databaseUrl: string, attemptId: string): Promise<object | undefined> {
  const [row] = await rowsOf(
    databaseUrl,
    'select id, key, locked_by, locked_at, attempts, run_at from graphile_worker.jobs where key = $1',
    [`transcode:${attemptId}`],
  );
  return row;
}
