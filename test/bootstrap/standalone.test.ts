import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts, ownFolder, runProgram } from './role-process.ts';

const START = ['bootstrap/standalone.ts'];
const READY = 'the API is ready';
const OWNER = '0197c0de-0000-7000-8000-00000000000a';

/** A fresh folder and ports for an `npm start`. */
async function laptop() {
  const [dir, { port }] = [ownFolder(), await freePorts()];
  const env = { SLUICE_DIR: dir, PORT: String(port) };
  const call = async (method: string, route: string, body?: object) => {
    const token = runProgram(['scripts/token.ts', '--sub', OWNER], env);
    expect(await token.exited).toBe(0);
    const headers = { authorization: `Bearer ${token.out().trim()}`, 'content-type': 'application/json' };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    return fetch(`http://127.0.0.1:${port}${route}`, request);
  };
  return { dir, env, call };
}

/** True while the server of this folder runs. */
function postgresRuns(dir: string): boolean {
  const commands = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return commands.includes(path.join(dir, 'postgres/data'));
}

test('npm start with an empty environment serves; data and tokens survive a restart', {
  timeout: 120_000,
}, async () => {
  const { dir, env, call } = await laptop();
  const first = runProgram(START, env);
  await first.says(READY);
  const created = await call('POST', '/api/videos', {
    title: 'Kept',
    sourceMime: 'video/mp4',
    sourceSizeBytes: 1000,
  });
  expect(created.status).toBe(201);
  expect((await call('GET', '/health/ready')).status).toBe(200);
  for (const name of ['run.json', 'secrets.json']) {
    expect(statSync(path.join(dir, name)).mode & 0o777, name).toBe(0o600);
  }
  first.signal('SIGTERM');
  expect(await first.exited).toBe(0);
  expect(first.err()).toBe('');
  expect(existsSync(path.join(dir, 'run.json'))).toBe(false);
  expect(postgresRuns(dir)).toBe(false);

  const second = runProgram(START, env);
  await second.says(READY);
  const listed = await call('GET', '/api/videos');
  expect(await listed.json()).toMatchObject({ items: [{ title: 'Kept' }] });

  // Without its database it has nothing to do but say so and go.
  const postmaster = Number(
    readFileSync(path.join(dir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0],
  );
  process.kill(postmaster, 'SIGKILL');
  expect(await second.exited).toBe(1);
  expect(second.out()).toContain('Embedded Postgres ended');
});

test('a worker, an API and a second npm start in the folder of a running one', {
  timeout: 120_000,
}, async () => {
  const { dir, env } = await laptop();
  const start = runProgram([...START, '--no-worker'], env);
  await start.says(READY);

  const worker = runProgram(['worker/main.ts'], env);
  const { port } = await freePorts();
  const api = runProgram(['api/main.ts'], { ...env, PORT: String(port) });
  const second = runProgram(START, env);
  await Promise.all([worker.says('the worker is ready'), api.says(READY)]);
  expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);

  expect(await second.exited).toBe(1);
  expect(second.err()).toMatch(/^`npm start` already runs in this folder \(process \d+, .*\n$/);
  expect(second.out()).toBe('');

  for (const role of [worker, api]) role.signal('SIGTERM');
  expect(await Promise.all([worker.exited, api.exited])).toEqual([0, 0]);
  // What stops later than all others still stands: nothing of the stranger was released.
  expect(existsSync(path.join(dir, 'run.json'))).toBe(true);

  // Killed, it leaves its file and its Postgres; neither is in the way.
  start.signal('SIGKILL');
  await start.exited;
  const orphaned = runProgram(['worker/main.ts'], env);
  expect(await orphaned.exited).toBe(1);
  expect(orphaned.err()).toBe(
    'No database and storage: run `npm start` in this folder first, or set DATABASE_URL and the S3_ variables.\n',
  );
  const again = runProgram(START, env);
  await again.says(READY);
  expect(JSON.parse(readFileSync(path.join(dir, 'run.json'), 'utf8')).pid).toBe(again.pid);
  again.signal('SIGTERM');
  expect(await again.exited).toBe(0);
  expect(postgresRuns(dir)).toBe(false);
});
