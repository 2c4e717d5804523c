/** The most instances of each role that run at once. */
export interface Instances {
  readonly api: number;
  readonly worker: number;
}

/**
 * Connections to Postgres that a deployment may hold at its busiest (R21): old and new instances overlap in a deploy, and
 * one migrator comes on top. The counts are those of bootstrap/connections.ts, which a test holds against these.
 */
export function connectionsNeeded({ api, worker }: Instances, poolSize: number): number {
  const ofApi = poolSize + 1;
  const ofWorker = 2 * poolSize + 5;
  const ofMigrator = 4;
  return 2 * (api * ofApi + worker * ofWorker) + ofMigrator;
}

/** Throws one line that says what to change when the database may be asked for more connections than it takes. */
export function refuseTooManyConnections(
  instances: Instances,
  poolSize: number,
  connectionsMax: number,
): void {
  const needed = connectionsNeeded(instances, poolSize);
  if (needed <= connectionsMax) return;
  throw new Error(
    `${instances.api} api and ${instances.worker} worker with a pool of ${poolSize} need ${needed} connections in a deploy, ` +
      `but the database takes ${connectionsMax}: raise databaseSize, or lower apiMax, workerMax or databasePoolSize`,
  );
}
