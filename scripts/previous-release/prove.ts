import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { startEmbeddedPostgres } from '#bootstrap/embedded/postgres/server.ts';
import { finish, launch, stop } from './programs.ts';

export interface Proof {
  /** Whose schema. */
  readonly ours: string;
  /** Whose code. */
  readonly previous: string;
  /** Everything that is written goes here. */
  readonly folder: string;
}

/**
 * Migrates with ours, runs the previous release on it (its own migrations too, as a rollback does), and its smoke test.
 *
 * Throws an Error with the last lines of whoever failed.
 */
export async function proveOn({ ours, previous, folder }: Proof, say: (line: string) => void): Promise<void> {
  await mkdir(folder, { recursive: true });
  // As root Postgres runs as another account, which has to enter.
  for (const each of [path.dirname(folder), folder]) await chmod(each, 0o711);
  const postgres = await startEmbeddedPostgres({ dir: path.join(folder, 'postgres'), durable: false });
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      DATABASE_URL: postgres.url,
      SLUICE_DIR: folder,
      PORT: String(port),
      PUBLIC_URL: url,
      JWT_SECRET: randomBytes(32).toString('hex'),
    };
    await finish(ours, ['bootstrap/migrate.ts'], env);
    say('  migrated with this tree');
    const running = launch(previous, ['bootstrap/standalone.ts'], env);
    try {
      await running.untilAnswers(`${url}/health/ready`);
      say('  the previous release serves');
      const token = await finish(previous, ['scripts/token.ts', '--sub', 'smoke', '--ttl', '1h'], env);
      // A release from before there was one is tested by ours: it knows no more than the API.
      const smoker = existsSync(path.join(previous, 'scripts/smoke.ts')) ? previous : ours;
      const told = await finish(smoker, ['scripts/smoke.ts', '--url', url], { SLUICE_TOKEN: token.trim() });
      say(`  ${smoker === previous ? 'its own' : "this tree's"} smoke test:`);
      for (const line of told.trimEnd().split('\n')) say(`    ${line}`);
    } finally {
      await stop(running);
    }
    // And back again: what the previous release wrote is nothing that this one trips over.
    await finish(ours, ['bootstrap/migrate.ts'], env);
  } finally {
    await postgres.stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
