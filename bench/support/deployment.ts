import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';
import { startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { migrateDatabase } from '#bootstrap/migrate-database.ts';

/** For what runs when somebody ends the benchmark. */
const END_MAX_MS = 10_000;

/** The servers that a benchmark needs, in a folder that is gone afterwards. */
export interface Deployment {
  /** Temporary, for anything else that a benchmark writes. */
  readonly folder: string;
  /** What a process needs in its environment to be part of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Fires when somebody ends the benchmark. What it runs has ten seconds to end then. */
  readonly signal: AbortSignal;
  /** A database of its own on the same server, migrated. Resolves to its URL. */
  createDatabase(name: string): Promise<string>;
}

/**
 * Starts Postgres as `npm start` does, safe against power loss, and the embedded S3 server; runs the benchmark, and
 * stops and deletes everything, also after SIGINT and SIGTERM.
 */
export async function withDeployment<T>(run: (deployment: Deployment) => Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const onSignal = (name: NodeJS.Signals) => stopped.abort(new Error(`Ended by ${name}`));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const interrupted = once(stopped.signal, 'abort').then(() => Promise.reject(stopped.signal.reason));
  const stops: (() => Promise<unknown>)[] = [];
  const running = start(stops, stopped.signal).then(run);
  try {
    return await Promise.race([running, interrupted]);
  } finally {
    await Promise.race([running.catch(() => undefined), sleep(END_MAX_MS, undefined, { ref: false })]);
    for (const stop of stops.reverse()) await stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function start(stops: (() => Promise<unknown>)[], signal: AbortSignal): Promise<Deployment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-bench-'));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  // As root the database runs as another account, which has to enter.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ dir: path.join(folder, 'postgres') });
  stops.push(() => postgres.stop());
  const key = { id: 'bench', secret: randomBytes(20).toString('hex') };
  const s3 = await startEmbeddedS3({
    dir: path.join(folder, 's3'),
    port: 0,
    keys: { [key.id]: key.secret },
    buckets: [],
  });
  stops.push(() => s3.close());
  await migrateDatabase({ url: postgres.url });
  return {
    folder,
    env: {
      DATABASE_URL: postgres.url,
      S3_ENDPOINT: s3.url,
      S3_VENDOR: 'embedded',
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY_ID: key.id,
      S3_SECRET_ACCESS_KEY: key.secret,
      S3_SOURCE_BUCKET: 'bench-sources',
      S3_MEDIA_BUCKET: 'bench-media',
      JWT_SECRET: randomBytes(32).toString('base64url'),
      WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
      SLUICE_DIR: folder,
    },
    signal,
    async createDatabase(name) {
      await withClient(postgres.url, (client) => client.query(`create database ${name}`));
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      await migrateDatabase({ url: url.href });
      return url.href;
    },
  };
}

/** Lends a connection of its own. */
export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  // A server that stops under it fails the query in hand; without a listener it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
