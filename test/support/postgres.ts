import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

/** The database that global setup migrates once; every test database is a copy of it. */
export const templateDatabase = 'template_sluice';

export interface TestDatabase {
  /** superuser, own empty tables of the present schema */
  url: string;
  /** Ends all connections to it and deletes it. */
  drop(): Promise<void>;
}

/** Makes a database of its own for a test or a file (about 50 ms), on the server that the run shares. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('databaseUrl');
  const name = `t_${randomBytes(8).toString('hex')}`;
  await runSql(serverUrl, `create database ${name} template ${templateDatabase}`);
  return {
    url: urlOfDatabase(serverUrl, name),
    drop: () => runSql(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

/** The same server and login, another database. */
export function urlOfDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs statements one by one on a connection of their own, outside a transaction. */
export async function runSql(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
