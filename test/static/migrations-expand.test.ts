import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Migration } from '@mikro-orm/migrations';
import { expect, test } from 'vitest';
import { type MigrationText, narrowings } from './migration-rules.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../migrations');

/**
 * Migrations that narrow, each with the first release whose predecessor does not mind, and why. A migration that
 * narrows something older belongs into the release after the one that stopped using it.
 */
const CONTRACTS: Readonly<Record<string, { readonly from: string; readonly why: string }>> = {
  Migration20261121130100_invariants: {
    from: '0.1.0',
    why: 'the rules of the tables that the migration before makes; both are in the first release',
  },
  Migration20261121163654_uploads: {
    from: '0.1.0',
    why: 'a check of kinds of uploads is made again with one kind more',
  },
  Migration20261121163700_upload_invariants: {
    from: '0.1.0',
    why: 'rules of tables and columns that the migration before makes; both are in the first release',
  },
};

/** As they run: what a migration builds its statements from does not matter. */
async function migrations(): Promise<MigrationText[]> {
  const names = readdirSync(FOLDER).filter((file) => file.endsWith('.ts'));
  return Promise.all(
    names.sort().map(async (file) => {
      const [Class] = Object.values(
        (await import(path.join(FOLDER, file))) as Record<
          string,
          new (
            ...words: readonly unknown[]
          ) => Migration
        >,
      );
      if (Class === undefined) throw new Error(`${file} exports no migration`);
      const migration = new Class();
      await migration.up();
      return { name: file.replace('.ts', ''), statements: migration.getQueries().map(String) };
    }),
  );
}

test('a migration adds; the few that narrow are listed, with the release from which nobody minds', async () => {
  const found = narrowings(await migrations());
  const names = new Set(found.map((finding) => finding.split(':')[0] ?? ''));
  expect(found.filter((finding) => !Object.keys(CONTRACTS).some((name) => finding.startsWith(name)))).toEqual(
    [],
  );
  expect(Object.keys(CONTRACTS).filter((name) => !names.has(name))).toEqual([]);
});

const BEFORE: MigrationText = {
  name: 'before',
  statements: [
    'create table "videos" ("id" uuid not null, "title" text not null)',
    'alter table "videos" add constraint "videos_once" unique ("title")',
    'alter table "videos" add constraint "videos_titled" check (char_length("title") > 0)',
    'create unique index "videos_by_title" on "videos" ("title")',
    'create index "videos_plain" on "videos" ("title")',
    'create function videos_guard() returns trigger language plpgsql as $$ begin return new; end $$',
  ],
};

test.each([
  'drop table "videos"',
  'truncate videos',
  'delete from videos where title is null',
  'alter table "videos" drop column "title"',
  'alter table "videos" drop "title"',
  'alter table "videos" rename column "title" to "name"',
  'alter table "videos" rename to "films"',
  'alter table "videos" add "owner" uuid not null',
  'alter table "videos" add "size" numeric(10, 2) null, add "owner" uuid not null',
  'alter table "videos" alter column "title" type varchar(200)',
  'alter table "videos" alter column "title" set not null',
  'alter table "videos" alter column "title" drop default',
  'alter table "videos" add constraint "short" check (char_length("title") < 10)',
  'alter table "videos" add unique ("title")',
  'alter table "videos" drop constraint "videos_once"',
  'create unique index "one_title" on "videos" ("title")',
  'drop index "videos_by_title"',
  'create trigger guard before update on videos for each row execute function videos_guard()',
  'create or replace function videos_guard() returns trigger language plpgsql as $$ begin return null; end $$',
  'do $$ begin perform 1; end $$',
])('the release before would mind: %s', (statement) => {
  expect(narrowings([BEFORE, { name: 'now', statements: [statement] }])).toEqual([
    `now: ${statement.replaceAll('"', '')}`,
  ]);
});

test.each([
  'alter table "videos" add "owner" uuid null, add "views" int not null default 0',
  'alter table "videos" add "size" numeric(10, 2) null',
  'alter table "videos" alter column "title" drop not null',
  'alter table "videos" drop constraint "videos_titled"',
  'create index "videos_owner" on "videos" ("title")',
  'drop index "videos_plain"',
  'insert into videos (id) values (gen_random_uuid())',
])('the release before goes on with: %s', (statement) => {
  expect(narrowings([BEFORE, { name: 'now', statements: [statement] }])).toEqual([]);
});

test('a table that the same migration makes may have any rule', () => {
  const statements = [
    'create table "films" ("id" uuid not null)',
    'alter table "films" add "owner" uuid not null default gen_random_uuid()',
    'alter table "films" add constraint "films_once" unique ("owner")',
    'create unique index "films_owner" on "films" ("owner")',
  ];
  expect(narrowings([BEFORE, { name: 'now', statements }])).toEqual([]);
});
