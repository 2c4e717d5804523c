import { createServer, type Socket, connect as tcp } from 'node:net';
import { sql } from 'kysely';
import { expect, inject, onTestFinished, test } from 'vitest';
import { checkDatabase } from '#bootstrap/check-database.ts';
import { composePlatform } from '#bootstrap/compose.ts';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { connectionsOf } from '#bootstrap/connections.ts';
import { openClient, openPool } from '#bootstrap/postgres-pool.ts';
import { waitFor } from '#test/support/conditions.ts';
import { createTestDatabase, runSql, type TestDatabase } from '#test/support/postgres.ts';
import { startWorker } from '#worker/start-worker.ts';
import { ownFolder } from './role-process.ts';

async function database(): Promise<TestDatabase> {
  const made = await createTestDatabase();
  onTestFinished(() => made.drop());
  return made;
}

test('each role counts its connections, LISTEN included', () => {
  const config = { DATABASE_POOL_SIZE: 10 };
  expect(connectionsOf('api', config)).toEqual({ orm: 10, queue: 0, held: 1, total: 11 });
  expect(connectionsOf('worker', config)).toEqual({ orm: 10, queue: 14, held: 1, total: 25 });
  expect(connectionsOf('standalone', config).total).toBe(26);
  expect(connectionsOf('migrate', config).total).toBe(4);
});

test('a busy worker holds no more connections than were counted', async () => {
  const { url } = await database();
  const s3 = inject('s3');
  const env = {
    SLUICE_DIR: ownFolder(),
    PATH: process.env.PATH,
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: '4',
    S3_ENDPOINT: s3.url,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    S3_SOURCE_BUCKET: 'connections-sources',
    S3_MEDIA_BUCKET: 'connections-media',
    S3_VENDOR: 'embedded',
    JWT_SECRET: 'x'.repeat(32),
    LOG_LEVEL: 'silent',
  };
  const config = completeConfig(loadConfig(env));
  const platform = await composePlatform(config, { withTranscoder: true });
  const worker = await startWorker(platform);
  const watcher = await openClient({ url });
  const ours = async () => {
    const query =
      'select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
    return (await watcher.query(query)).rows[0].n as number;
  };
  const naps = Array.from({ length: 12 }, () =>
    sql`select pg_sleep(0.5)`.execute(platform.context({ kind: 'system' }).em.getKysely()),
  );
  const limit = connectionsOf('worker', config);
  const most = await waitFor('all of the ORM to be busy', async () => {
    const count = await ours();
    return count > limit.orm && count;
  });
  expect(most).toBeLessThanOrEqual(limit.total);
  await Promise.all(naps);
  await worker.stop();
  await platform.close();
  await waitFor('every connection to be closed', async () => (await ours()) === 0);
  await watcher.end();
});

test('a pooler that keeps notifications to itself is told apart, and the line says what to use', async () => {
  const { url } = await database();
  await checkDatabase({ url });
  const pooler = await deafPooler(new URL(url));
  await expect(checkDatabase({ url: pooler }, { listenMaxMs: 500 })).rejects.toThrow(
    /pooler in transaction mode.*use the direct address/,
  );
});

test('a connection that the server cuts ends neither the process nor the pool', async () => {
  const { url } = await database();
  const pool = openPool({ url }, 2);
  await pool.query('select 1');
  await runSql(
    url,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await waitFor('the pool to notice', async () => pool.idleCount === 0);
  expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  await pool.end();
});

/** What a pooler in transaction mode does to LISTEN: it succeeds, and no NotificationResponse ever comes. */
async function deafPooler(target: URL): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = tcp(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.pipe(upstream);
    let rest = Buffer.alloc(0);
    upstream.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      // Messages of the server are a type byte and a length that counts itself (protocol 3, section 54.7).
      while (rest.length >= 5 && rest.length > rest.readUInt32BE(1)) {
        const end = 1 + rest.readUInt32BE(1);
        if (rest[0] !== 'A'.charCodeAt(0)) client.write(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  const url = new URL(target);
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  return url.href;
}
