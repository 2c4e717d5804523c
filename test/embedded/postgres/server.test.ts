import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';
import { waitFor } from '#test/support/conditions.ts';
import { killed, orphan, query, serverDirectory, started } from './servers.ts';

test('what is written is there after the next start, on the same port and with the same password', async () => {
  const dir = serverDirectory();
  const first = await started({ dir });
  expect(first.adopted).toBe(false);
  await query(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  expect(await first.exited).toMatchObject({ requested: true });
  await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED');

  const second = await started({ dir });
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a server killed with kill -9 is reported, and the next start recovers what was committed', async () => {
  const dir = serverDirectory();
  const first = await started({ dir, durable: true });
  await query(first.url, 'create table kept as select 42 as answer');
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toEqual({ requested: false, how: 'signal SIGKILL' });

  const second = await started({ dir, durable: true });
  expect(second).toMatchObject({ adopted: false, port: first.port });
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a server whose parent was killed with kill -9 runs on and is adopted, with its data, and can be stopped', async () => {
  const dir = serverDirectory();
  const left = await orphan(dir);
  const adopter = await started({ dir });
  expect(adopter).toMatchObject({ adopted: true, pid: left.pid, port: left.port });
  await query(adopter.url, 'select 1');
  await adopter.stop();
  expect(await adopter.exited).toMatchObject({ requested: true });
  await expect(query(adopter.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
});

test('an adopted server that is killed later is reported', async () => {
  const dir = serverDirectory();
  const left = await orphan(dir);
  const adopter = await started({ dir });
  process.kill(left.pid, 'SIGKILL');
  expect(await adopter.exited).toEqual({ requested: false, how: 'process gone' });
});

test('kill -9 of both, parent and server, loses nothing', async () => {
  const dir = serverDirectory();
  const left = await orphan(dir);
  await killed(left.pid);
  const next = await started({ dir });
  expect(next.adopted).toBe(false);
  await query(next.url, 'select 1');
});

test('a postmaster.pid that names a living process of somebody else does not keep the server from starting', async () => {
  const dir = serverDirectory();
  const first = await started({ dir });
  await first.stop();
  const dataDir = path.join(dir, 'data');
  writeFileSync(
    path.join(dataDir, 'postmaster.pid'),
    [process.pid, dataDir, 0, first.port, '', '127.0.0.1', '', 'ready   ', ''].join('\n'),
  );
  const second = await started({ dir });
  expect(second.adopted).toBe(false);
  await query(second.url, 'select 1');
});

test('two processes that start at once on an empty directory share one server', async () => {
  const dir = serverDirectory();
  const [one, two] = await Promise.all([orphan(dir), started({ dir })]);
  expect(two.pid).toBe(one.pid);
  await query(two.url, 'select 1');
});

test('a busy port is replaced by a free one, and the wanted port is taken when it is free', async () => {
  const dir = serverDirectory();
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
  const { url, port } = await started({ dir: serverDirectory() });
  await expect(query(`postgres://postgres:wrong@127.0.0.1:${port}/postgres`)).rejects.toMatchObject({
    code: '28P01',
  });
  await expect(query(`postgres://postgres@127.0.0.1:${port}/postgres`)).rejects.toThrow(/password/);
  await expect(query(`postgres://nobody@127.0.0.1:${port}/postgres`)).rejects.toThrow(/password/);
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a server that refuses the password on file is not adopted but named', async () => {
  const dir = serverDirectory();
  await orphan(dir);
  writeFileSync(path.join(dir, 'password'), 'not-the-password\n');
  await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(
    /refuses us: .*password authentication failed/,
  );
});

test('settings that the server cannot run with end in an error that holds its own words', async () => {
  const dir = serverDirectory();
  const first = await started({ dir });
  await first.stop();
  writeFileSync(path.join(dir, 'data', 'PG_VERSION'), '9\n');
  await expect(startEmbeddedPostgres({ dir })).rejects.toThrow(/initialized by PostgreSQL version 9/);
});

test('a connection that ends with the server does not keep stop() waiting', async () => {
  const server = await started({ dir: serverDirectory() });
  const asleep = query(server.url, 'select pg_sleep(600)').catch(String);
  await waitFor('the query to run', async () => {
    const rows = await query(server.url, "select from pg_stat_activity where query like 'select pg_sleep%'");
    return rows.length > 0;
  });
  await server.stop();
  expect(await asleep).toContain('terminating connection');
});
