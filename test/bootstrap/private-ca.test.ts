import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Logger, run } from 'graphile-worker';
import { expect, onTestFinished, test } from 'vitest';
import { checkDatabase } from '#bootstrap/check-database.ts';
import { databaseFrom } from '#bootstrap/config-settings.ts';
import type { DatabaseAddress } from '#bootstrap/database-address.ts';
import { startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';
import { migrateDatabase, pendingMigrations } from '#bootstrap/migrate-database.ts';
import { openOrm } from '#bootstrap/orm.ts';
import { openClient, openPool } from '#bootstrap/postgres-pool.ts';
import { ownFolder } from './role-process.ts';

const file = (name: string) => path.join(import.meta.dirname, '../fixtures/tls', name);
const pem = (name: string) => readFileSync(file(name), 'utf8');
const IN_TLS = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';

/** A Postgres that speaks TLS only, with a certificate by a CA of our own. */
async function privateServer(): Promise<string> {
  const server = await startEmbeddedPostgres({
    dir: ownFolder(),
    durable: false,
    tls: { certFile: file('server.pem'), keyFile: file('server-key.pem'), caFile: file('ca.pem') },
  });
  onTestFinished(() => server.stop());
  return server.url;
}

test('with the right CA, given or named by its file, every client of Postgres connects, by TLS', async () => {
  const url = await privateServer();
  for (const address of [url, `${url}?sslmode=require`, `${url}?sslmode=verify-full`]) {
    await checkDatabase({ url: address, caCertificate: pem('ca.pem') });
  }
  await checkDatabase(databaseFrom({ DATABASE_URL: url, DATABASE_CA_CERT: file('ca.pem') }));
  const database: DatabaseAddress = { url, caCertificate: pem('ca.pem') };
  expect(await migrateDatabase(database)).not.toEqual([]);
  expect(await pendingMigrations(database)).toEqual([]);

  const orm = await openOrm(database, 1);
  expect(await orm.em.fork().execute(IN_TLS)).toEqual([{ ssl: true }]);
  await orm.close(true);

  const listener = await openClient(database);
  expect((await listener.query(IN_TLS)).rows).toEqual([{ ssl: true }]);
  const heard = new Promise((resolve) => listener.once('notification', ({ payload }) => resolve(payload)));
  await listener.query("listen news; notify news, 'good'");
  expect(await heard).toBe('good');
  await listener.end();

  const pool = openPool(database, 4);
  const { promise: ran, resolve } = Promise.withResolvers<unknown>();
  const runner = await run({
    pgPool: pool,
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    taskList: { look: async (_payload, helpers) => resolve((await helpers.query(IN_TLS)).rows) },
  });
  await runner.addJob('look', {});
  expect(await ran).toEqual([{ ssl: true }]);
  await runner.stop();
  await pool.end();
});

test('no CA, another CA and no TLS are one clear line each', async () => {
  const url = await privateServer();
  const refusalOf = (database: DatabaseAddress) =>
    checkDatabase(database).then(
      () => 'connected',
      (error: Error) => error.message,
    );
  const lines = [
    await refusalOf({ url: `${url}?sslmode=require` }),
    await refusalOf({ url, caCertificate: pem('other-ca.pem') }),
    await refusalOf({ url }),
  ];
  expect(lines[0]).toMatch(/certificate that is not trusted .*: set DATABASE_CA_CERT to the PEM/);
  expect(lines[1]).toMatch(/certificate that is not trusted .*: DATABASE_CA_CERT is not the authority/);
  expect(lines[2]).toMatch(/^Postgres at 127\.0\.0\.1:\d+ refuses user postgres: .*(no encryption|SSL off)/);
  for (const line of lines) expect(line).not.toContain('\n');
});
