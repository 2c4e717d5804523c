import { randomBytes } from 'node:crypto';
import { expect, inject, test, vi } from 'vitest';
import { createTestDatabase, runSql, urlOfDatabase } from '#test/support/postgres.ts';
import { freePorts, hold, ownFolder, runProgram } from './role-process.ts';

// Programs are started, several at a time, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

const PROGRAMS = {
  start: ['bootstrap/standalone.ts'],
  api: ['api/main.ts'],
  worker: ['worker/main.ts'],
  migrate: ['bootstrap/migrate.ts'],
};

/** An environment in which everything works, on the servers of this run. */
async function goodEnvironment() {
  const s3 = inject('s3');
  const database = await createTestDatabase();
  const suffix = randomBytes(4).toString('hex');
  return {
    SLUICE_DIR: ownFolder(),
    PORT: String((await freePorts()).port),
    DATABASE_URL: database.url,
    S3_ENDPOINT: s3.url,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    S3_SOURCE_BUCKET: `sources-${suffix}`,
    S3_MEDIA_BUCKET: `media-${suffix}`,
    S3_VENDOR: 'embedded',
  };
}

/** The line on stderr with which a program ends, exit code 1. */
async function refusalOf(program: keyof typeof PROGRAMS, change: Record<string, string>): Promise<string> {
  const run = runProgram(PROGRAMS[program], { ...(await goodEnvironment()), ...change });
  expect(await run.exited, `${run.out()}${run.err()}`).toBe(1);
  const lines = run.err().trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

test('a port that is taken is one line', async () => {
  const taken = await hold(0);
  const line = await refusalOf('api', { PORT: String(taken.port) });
  taken.close();
  expect(line).toBe(
    `Port ${taken.port} of 127.0.0.1 is taken by another program; stop it or choose another PORT`,
  );
});

test('a database that is not there, a wrong password and an unknown database are one line each', async () => {
  const away = await hold(0);
  away.close();
  const url = new URL(inject('databaseUrl'));
  const wrong = new URL(url);
  wrong.password = 'not-the-password';
  const unreachable = `postgres://u:not-the-password@127.0.0.1:${away.port}/x`;
  const lines = await Promise.all([
    refusalOf('api', { DATABASE_URL: unreachable }),
    refusalOf('worker', { DATABASE_URL: wrong.href }),
    refusalOf('migrate', { DATABASE_URL: urlOfDatabase(url.href, 'nowhere') }),
  ]);
  expect(lines[0]).toContain(`Postgres at 127.0.0.1:${away.port} refuses connections`);
  expect(lines[1]).toContain(`refuses the password of user ${url.username}`);
  expect(lines[2]).toContain('has no database nowhere');
  expect(lines.join()).not.toContain('not-the-password');
});

test('a wrong key, an unreachable storage and a bucket that cannot be made are one line each', async () => {
  const away = await hold(0);
  away.close();
  const lines = await Promise.all([
    refusalOf('api', { S3_SECRET_ACCESS_KEY: 'not-the-secret' }),
    refusalOf('api', { S3_ENDPOINT: `http://127.0.0.1:${away.port}` }),
    refusalOf('api', { S3_SOURCE_BUCKET: 'No_Such_Name' }),
  ]);
  expect(lines[0]).toContain('Check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.');
  expect(lines[1]).toContain('Check S3_ENDPOINT.');
  expect(lines[2]).toContain('No_Such_Name');
  expect(lines.join()).not.toContain('not-the-secret');
});

test('a worker without FFmpeg is one line; an API does without', async () => {
  expect(await refusalOf('worker', { FFMPEG_PATH: '/nowhere/ffmpeg' })).toContain(
    'FFMPEG_PATH is /nowhere/ffmpeg',
  );
  const api = runProgram(PROGRAMS.api, { ...(await goodEnvironment()), FFMPEG_PATH: '/nowhere/ffmpeg' });
  await api.says('the API is ready');
  api.signal('SIGTERM');
  expect(await api.exited).toBe(0);
});

test('api and worker refuse a database that was not migrated, and migrate it is what migrate does', async () => {
  const serverUrl = inject('databaseUrl');
  const name = `t_${randomBytes(6).toString('hex')}`;
  await runSql(serverUrl, `create database ${name}`);
  const change = { DATABASE_URL: urlOfDatabase(serverUrl, name) };
  const empty = 'The database is empty: run `npm run migrate` first.';
  expect(await Promise.all([refusalOf('api', change), refusalOf('worker', change)])).toEqual([empty, empty]);
  const migrations = [0, 1].map(() => runProgram(PROGRAMS.migrate, change));
  expect(await Promise.all(migrations.map((run) => run.exited))).toEqual([0, 0]);
  await runSql(
    change.DATABASE_URL,
    'delete from mikro_orm_migrations where id = (select max(id) from mikro_orm_migrations)',
  );
  expect(await refusalOf('api', change)).toBe('The database lacks 1 migration: run `npm run migrate` first.');
  await runSql(serverUrl, `drop database ${name} with (force)`);
});

test('in the image a role says everything that is missing, at once', async () => {
  const run = runProgram(PROGRAMS.worker, { SLUICE_IMAGE: '1', SLUICE_DIR: ownFolder() });
  expect(await run.exited).toBe(1);
  for (const name of [
    'PUBLIC_URL',
    'DATABASE_URL',
    'S3_REGION',
    'S3_SOURCE_BUCKET',
    'S3_MEDIA_BUCKET',
    'JWT_SECRET',
  ]) {
    expect(run.err()).toContain(`\n  ${name} is not set; needed: `);
  }
});
