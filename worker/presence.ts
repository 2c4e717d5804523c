import pg from 'pg';

const BEAT_EVERY_MS = 10_000;

/**
 * Frees short tasks of workers that are gone: graphile-worker alone keeps a dead worker's jobs for four hours. Alive is
 * who holds a connection that names its pool and has lately said something on it: a process that hangs keeps its
 * connection. A server that does not track activities cannot tell. Attempts are never unlocked to run again (R6).
 */
export const REAP_DEAD_WORKERS = `
  with dead as (
    select coalesce(array_agg(distinct j.locked_by), '{}') ids from graphile_worker.jobs j
    where j.locked_by is not null and j.task_identifier <> 'transcode' and j.locked_at < now() - interval '10 seconds'
      and not exists (select from pg_stat_activity a where position(replace(j.locked_by, 'pool-', '') in a.application_name) > 0
        and coalesce(a.state_change > now() - interval '45 seconds', true)))
  select graphile_worker.force_unlock_workers(ids) from dead where cardinality(ids) > 0`;

/**
 * The jobs of attempts that have ended or are gone: those that a worker which is gone still holds, and those that may run
 * no more, since each may run once. What its worker lost is told by the attempt's own row.
 */
export const REMOVE_ENDED_ATTEMPTS = `
  with ended as (
    select coalesce(array_agg(q.id), '{}') ids, coalesce(array_agg(distinct q.locked_by), '{}') workers
    from graphile_worker.jobs q join transcode_jobs t on q.key = 'transcode:' || t.id
    where q.task_identifier = 'transcode' and q.locked_by is not null
      and t.state not in ('QUEUED', 'RUNNING') and t.finished_at < now() - interval '5 minutes'),
  unlocked as (select graphile_worker.force_unlock_workers(workers), ids from ended where cardinality(ids) > 0),
  given_up as (
    select coalesce(array_agg(q.id), '{}') ids
    from graphile_worker.jobs q left join transcode_jobs t on q.key = 'transcode:' || t.id
    where q.task_identifier in ('transcode', 'submit-transcode') and q.locked_by is null and q.attempts >= q.max_attempts
      and q.updated_at < now() - interval '5 minutes'
      and (t.id is null or (t.state not in ('QUEUED', 'RUNNING') and t.finished_at < now() - interval '5 minutes')))
  select graphile_worker.complete_jobs(ids) from unlocked
  union all select graphile_worker.complete_jobs(ids) from given_up where cardinality(ids) > 0`;

export interface Presence {
  /** True while the connection that others see us by stands. */
  isHeld(): boolean;
  release(): Promise<void>;
}

/** Postgres cuts a name after so many bytes (NAMEDATALEN); three pools of graphile-worker fit. */
const NAME_LENGTH_MAX = 63;

/**
 * Holds one connection that names the worker pools of a process, and opens it again when it breaks.
 *
 * @param connection pg's options, TLS included
 */
export async function holdPresence(
  connection: pg.ClientConfig,
  poolIds: readonly string[],
): Promise<Presence> {
  const name = poolIds.map((id) => id.replace('pool-', '')).join(' ');
  if (name.length > NAME_LENGTH_MAX) throw new Error(`The name of the presence is too long: ${name}`);
  let released = false;
  let client = await open();
  async function open(): Promise<pg.Client> {
    const opened = new pg.Client({ ...connection, application_name: name, keepAlive: true });
    opened.on('error', () => reopen());
    await opened.connect();
    return opened;
  }
  let held = true;
  const beat = setInterval(() => client.query('select 1').catch(() => undefined), BEAT_EVERY_MS);
  let timer: NodeJS.Timeout | undefined;
  function reopen(): void {
    held = false;
    if (released || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      open().then(
        (opened) => {
          client = opened;
          held = true;
        },
        () => reopen(),
      );
    }, 1000);
  }
  return {
    isHeld: () => held,
    async release() {
      released = true;
      clearTimeout(timer);
      clearInterval(beat);
      await client.end().catch(() => undefined);
    },
  };
}
