import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';
import { startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { migrateDatabase } from '#bootstrap/migrate-database.ts';
import { runSql, templateDatabase, urlOfDatabase } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** superuser of the run's PostgreSQL, database `postgres`; tests make their own with createTestDatabase() */
    databaseUrl: string;
    /** the run's S3 server and a key that may do everything; tests make their own buckets */
    s3: { url: string; accessKeyId: string; secretAccessKey: string };
  }
}

/** Starts what all test files of a run share, tells them where it is, and stops it at the end. */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  // As root the server runs as another account, which has to enter.
  chmodSync(dir, 0o711);
  const postgres = await startEmbeddedPostgres({ dir: path.join(dir, 'postgres'), durable: false });
  const undertaker = cleanUpIfKilled(postgres.pid, dir);
  const key = { accessKeyId: 'test', secretAccessKey: randomBytes(20).toString('hex') };
  const s3 = await startEmbeddedS3({
    dir: path.join(dir, 's3'),
    port: 0,
    keys: { [key.accessKeyId]: key.secretAccessKey },
    buckets: [],
  });
  await makeTemplate(postgres.url);
  project.provide('databaseUrl', postgres.url);
  project.provide('s3', { url: s3.url, ...key });
  return async () => {
    await s3.close();
    undertaker.kill('SIGKILL');
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}

/** An open connection to a template makes every copy fail, so nobody may connect once it is migrated. */
async function makeTemplate(serverUrl: string): Promise<void> {
  await runSql(serverUrl, `create database ${templateDatabase}`);
  await migrateDatabase({ url: urlOfDatabase(serverUrl, templateDatabase) });
  await runSql(serverUrl, `alter database ${templateDatabase} allow_connections false`);
}

/**
 * The server outlives its parent by design, which for a test run that is killed means a process and 40 MB left
 * behind each time. So a shell waits for the end of a pipe that only we hold open.
 */
function cleanUpIfKilled(serverPid: number, dir: string): ChildProcess {
  const script = 'read -r _; kill -QUIT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"';
  const shell = spawn('sh', ['-c', script, 'sh', String(serverPid), dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.unref();
  return shell;
}
