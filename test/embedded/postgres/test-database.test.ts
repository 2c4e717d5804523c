import { expect, inject, test } from 'vitest';
import { createTestDatabase, templateDatabase, urlOfDatabase } from '#test/support/postgres.ts';
import { query } from './servers.ts';

const tables = "select tablename from pg_tables where schemaname = 'public' and tablename = 'videos'";

test('each test database has the schema, and nothing of what another one holds', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  expect(await query(one.url, tables)).toEqual([{ tablename: 'videos' }]);
  await query(one.url, 'create table only_here (id int)');
  await expect(query(two.url, 'select * from only_here')).rejects.toThrow('does not exist');
  await Promise.all([one.drop(), two.drop()]);
});

test('drop ends the connections that a test forgot', async () => {
  const database = await createTestDatabase();
  const forgotten = query(database.url, 'select pg_sleep(600)').catch(String);
  await query(database.url, 'select 1');
  await database.drop();
  expect(await forgotten).toMatch(/terminat|does not exist/);
  await expect(query(database.url)).rejects.toThrow('does not exist');
});

test('nobody can hold the template open, which would make every copy fail', async () => {
  await expect(query(urlOfDatabase(inject('databaseUrl'), templateDatabase))).rejects.toThrow(
    'not currently accepting connections',
  );
});
