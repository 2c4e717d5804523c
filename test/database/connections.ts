import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

/**
 * One database for the file, and connections to it.
 *
 * @param count how many
 * @returns functions that answer once the tests run
 */
export function useDatabase(count = 1): { connection(index?: number): Client; url(): string } {
  let database: TestDatabase;
  const clients: Client[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    for (let i = 0; i < count; i += 1) {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      clients.push(client);
    }
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
  });
  return {
    connection(index = 0) {
      const client = clients[index];
      if (!client) throw new Error(`This file asked for ${count} connections, not ${index + 1}`);
      return client;
    },
    url: () => database.url,
  };
}

/** How Postgres refused: the SQLSTATE and the message; null when it did not. */
export async function refusalOf(work: Promise<unknown>): Promise<{ code: string; message: string } | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { code: 'code' in error ? String(error.code) : '', message: error.message };
  }
}
