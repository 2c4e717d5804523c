import type { Enqueue } from '#domain/jobs.ts';

/**
 * Adds jobs by SQL on the caller's own transaction, so that a job exists exactly when the state that asks for it does.
 * graphile-worker's own client would take another connection.
 */
export const enqueue: Enqueue = async (em, name, payload, options = {}) => {
  await em.execute(
    `select graphile_worker.add_job(?, payload => ?::json, run_at => ?::timestamptz, max_attempts => ?::smallint,
       job_key => ?, priority => ?::smallint)`,
    [
      name,
      JSON.stringify(payload),
      options.runAt?.toISOString() ?? null,
      options.maxAttempts ?? null,
      options.key ?? null,
      options.priority ?? null,
    ],
  );
};
