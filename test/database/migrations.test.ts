import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { defineEntity, type EntitySchema, p } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { afterEach, expect, inject, test } from 'vitest';
import { migrateDatabase } from '#bootstrap/migrate-database.ts';
import { openOrm } from '#bootstrap/orm.ts';
import { ENTITIES } from '#domain/entities.ts';
import { DeadLetter } from '#domain/operations/dead-letter.entity.ts';
import { runSql, urlOfDatabase } from '#test/support/postgres.ts';

const SNAPSHOT = path.resolve(import.meta.dirname, '../../migrations/snapshot.json');

const databases: string[] = [];
afterEach(async () => {
  for (const name of databases.splice(0))
    await runSql(inject('databaseUrl'), `drop database if exists ${name} with (force)`);
});

/** An empty database: nothing has run in it. */
async function emptyDatabase(): Promise<string> {
  const name = `t_${randomBytes(8).toString('hex')}`;
  databases.push(name);
  await runSql(inject('databaseUrl'), `create database ${name}`);
  return urlOfDatabase(inject('databaseUrl'), name);
}

test('two replicas that migrate an empty database at once both succeed, and each migration ran once', async () => {
  const url = await emptyDatabase();
  const ran = await Promise.all([migrateDatabase({ url }), migrateDatabase({ url })]);
  const names = ran.flat();
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names).size).toBe(names.length);
  expect(await migrateDatabase({ url })).toEqual([]);
});

test('going down and up again ends with the same schema', async () => {
  const url = await emptyDatabase();
  await migrateDatabase({ url });
  const orm = await openOrm({ url }, 2);
  try {
    const before = await schemaOf(orm);
    // One step down and up, as after a release that was taken back; then all the way.
    await orm.migrator.down();
    await orm.migrator.up();
    expect(await schemaOf(orm)).toEqual(before);
    await orm.migrator.down({ to: 0 });
    expect((await schemaOf(orm)).filter((line) => !line.includes('mikro_orm_migrations'))).toEqual([]);
    await orm.migrator.up();
    expect(await schemaOf(orm)).toEqual(before);
  } finally {
    await orm.close(true);
  }
});

test('the database has every column of every entity, of the same type', async () => {
  const url = await emptyDatabase();
  await migrateDatabase({ url });
  expect(await lackingIn(url, ENTITIES)).toEqual([]);
});

test("the snapshot, from which the next migration is written, holds today's entities and nothing else", async () => {
  const url = await emptyDatabase();
  const before = await readFile(SNAPSHOT, 'utf8');
  await migrateDatabase({ url });
  // Migrating a database must not write into the source: a snapshot of the database would have the next migration drop
  // the job queue and every invariant.
  expect(await readFile(SNAPSHOT, 'utf8')).toBe(before);
  const orm = await openOrm({ url }, 2);
  try {
    expect(await orm.migrator.checkSchema()).toBe(false);
  } finally {
    await orm.close(true);
  }
});

test('an entity that gains a column without a migration is noticed', async () => {
  const url = await emptyDatabase();
  await migrateDatabase({ url });
  const Wider = defineEntity({
    name: 'Wider',
    tableName: 'dead_letters',
    properties: { id: p.uuid().primary(), forgotten: p.text() },
  });
  expect(await lackingIn(url, [...ENTITIES.filter((entity) => entity !== DeadLetter), Wider])).toEqual([
    expect.stringContaining('add "forgotten" text not null'),
  ]);
});

/** What would have to be added to the database, or changed in it, so that it holds the entities. */
async function lackingIn(
  url: string,
  entities: ((typeof ENTITIES)[number] | EntitySchema)[],
): Promise<string[]> {
  const orm = await MikroORM.init({ clientUrl: url, entities });
  try {
    const statements = await orm.schema.getUpdateSchemaSQL({ wrap: false });
    return statements.split('\n').filter((line) => /create table| add "|add column|alter column/.test(line));
  } finally {
    await orm.close(true);
  }
}

/** Columns, constraints, indexes, triggers and functions of the public schema, one line each. */
async function schemaOf(orm: MikroORM): Promise<string[]> {
  const rows = await orm.em.fork().execute<{ line: string }[]>(`
    select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') as line
      from information_schema.columns where table_schema = 'public'
    union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
    union all select indexdef from pg_indexes where schemaname = 'public'
    union all select tgrelid::regclass || ' ' || pg_get_triggerdef(oid) from pg_trigger
      where not tgisinternal and tgrelid::regclass::text in (select tablename from pg_tables where schemaname = 'public')
    union all select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
    order by 1`);
  return rows.map((row) => row.line);
}
