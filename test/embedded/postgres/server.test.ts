import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, expect, onTestFinished, test } from 'vitest';
import { startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';
import { waitFor } from '#test/support/conditions.ts';
import {
  killed,
  killServerOn,
  makeDirectory,
  orphan,
  ownDirectory,
  query,
  removeDirectory,
  started,
} from './servers.ts';

// initdb writes 39 MB: one database serves all tests here, each of which finds it with no server running.
const dir = makeDirectory();
afterEach(() => killServerOn(dir));
afterAll(() => removeDirectory(dir));

test('what is written is there after the next start, on the same port and with the same password', async () => {
  const first = await started({ dir });
  expect(first.adopted).toBe(false);
  await query(first.url, 'create table survives_stop as select 42 as answer');
  await first.stop();
  expect(await first.exited).toMatchObject({ requested: true });
  await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED');

  const second = await started({ dir });
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select answer from survives_stop')).toEqual([{ answer: 42 }]);
});

test('a server killed with kill -9 is reported, and the next start recovers what was committed', async () => {
  const first = await started({ dir, durable: true });
  await query(first.url, 'create table survives_kill as select 42 as answer');
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toEqual({ requested: false, how: 'signal SIGKILL' });

  const second = await started({ dir, durable: true });
  expect(second).toMatchObject({ adopted: false, port: first.port });
  expect(await query(second.url, 'select answer from survives_kill')).toEqual([{ answer: 42 }]);
});

test('a server whose parent was killed with kill -9 runs on and is adopted, with its data, and can be stopped', async () => {
  const left = await orphan(dir);
  const adopter = await started({ dir });
  expect(adopter).toMatchObject({ adopted: true, pid: left.pid, port: left.port });
  await query(adopter.url, 'select 1');
  await adopter.stop();
  expect(await adopter.exited).toMatchObject({ requested: true });
  await expect(query(adopter.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
});

test('Ctrl-C in the terminal does not reach the server', async () => {
  const left = await orphan(dir, 'Ctrl-C');
  expect(await started({ dir })).toMatchObject({ adopted: true, pid: left.pid });
});

test('an adopted server that is killed later is reported', async () => {
  const left = await orphan(dir);
  const adopter = await started({ dir });
  process.kill(left.pid, 'SIGKILL');
  expect(await adopter.exited).toEqual({ requested: false, how: 'process gone' });
});

test('kill -9 of both, parent and server, loses nothing', async () => {
  const left = await orphan(dir);
  await killed(left.pid);
  const next = await started({ dir });
  expect(next.adopted).toBe(false);
  await query(next.url, 'select 1');
});

test('a postmaster.pid whose number now belongs to another program does not keep the server from starting', async () => {
  const first = await started({ dir });
  await killed(first.pid);
  const dataDir = path.join(dir, 'data');
  const { uid, gid } = statSync(dataDir);
  // Of the same account, as after a reboot of a laptop: PostgreSQL ignores strangers by itself.
  const other = spawn('sleep', ['600'], process.getuid?.() === 0 ? { uid, gid } : {});
  onTestFinished(() => void other.kill());
  const pidFile = path.join(dataDir, 'postmaster.pid');
  writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(other.pid)));
  const second = await started({ dir });
  expect(second.adopted).toBe(false);
  await query(second.url, 'select 1');
  expect(other.exitCode).toBeNull();
});

test('two processes that start at once on an empty directory share one server', async () => {
  const empty = ownDirectory();
  const [one, two] = await Promise.all([orphan(empty), started({ dir: empty })]);
  expect(two.pid).toBe(one.pid);
  await query(two.url, 'select 1');
});

test('a busy port is replaced by a free one, and the wanted port is taken when it is free', async () => {
  const squatter = net.createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as net.AddressInfo;
  const first = await started({ dir, port });
  expect(first.port).not.toBe(port);
  await query(first.url, 'select 1');
  await first.stop();
  squatter.close();
  await once(squatter, 'close');
  expect(await started({ dir, port })).toMatchObject({ port });
});

test('only the right password gets in', async () => {
  const { url, port } = await started({ dir });
  await expect(query(`postgres://postgres:wrong@127.0.0.1:${port}/postgres`)).rejects.toMatchObject({
    code: '28P01',
  });
  await expect(query(`postgres://postgres@127.0.0.1:${port}/postgres`)).rejects.toThrow(/password/);
  await expect(query(`postgres://nobody@127.0.0.1:${port}/postgres`)).rejects.toThrow(/password/);
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a server that refuses the password on file is not adopted but named', async () => {
  await orphan(dir);
  const passwordFile = path.join(dir, 'password');
  const password = readFileSync(passwordFile);
  writeFileSync(passwordFile, 'not-the-password\n');
  onTestFinished(() => writeFileSync(passwordFile, password));
  await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(
    /refuses us: .*password authentication failed/,
  );
});

test('a server that cannot run ends the start with its own words', async () => {
  await (await started({ dir })).stop();
  const configuration = path.join(dir, 'data', 'postgresql.conf');
  const sound = readFileSync(configuration);
  writeFileSync(configuration, 'no_such_setting = 1\n');
  onTestFinished(() => writeFileSync(configuration, sound));
  await expect(started({ dir })).rejects.toThrow(/unrecognized configuration parameter "no_such_setting"/);
});

test('a connection that ends with the server does not keep stop() waiting', async () => {
  const server = await started({ dir });
  const asleep = query(server.url, 'select pg_sleep(600)').catch(String);
  await waitFor('the query to run', async () => {
    const rows = await query(server.url, "select from pg_stat_activity where query like 'select pg_sleep%'");
    return rows.length > 0;
  });
  await server.stop();
  expect(await asleep).toContain('terminating connection');
});
