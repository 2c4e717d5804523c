import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { preparedRows } from '#domain/prepared-query.ts';
import { transaction } from '#domain/transaction.ts';
import { createTestPlatform } from '#test/support/platform.ts';

const platform = await createTestPlatform({ env: { DATABASE_POOL_SIZE: '3' } });
afterAll(() => platform.close());
const { em } = platform.context({ kind: 'system' });

const videosTitled = (title: string) =>
  sql<{ title: string }>`select title from videos where title = ${title}`;

test('a connection plans a text once, whatever the values', async () => {
  for (const title of ['one', 'two', 'three']) await preparedRows(em, videosTitled(title));
  const kept = sql<{ statement: string }>`select statement from pg_prepared_statements
    where statement like '%videos where title%'`;
  expect((await kept.execute(em.getKysely())).rows.map(({ statement }) => statement)).toEqual([
    'select title from videos where title = $1',
  ]);
});

test('texts do not meet, and many run at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      n % 2 === 0
        ? preparedRows(em, sql<{ n: string }>`select ${n}::int as n`)
        : preparedRows(em, sql<{ n: string }>`select ${n}::int + 100 as n`),
    ),
  );
  expect(answers.map(([row]) => Number(row?.n))).toEqual(
    Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? n : n + 100)),
  );
});

test('in a transaction it sees what the transaction wrote, and nobody else does', async () => {
  await transaction(em, async (tx) => {
    await sql`insert into videos (id, owner_id, title, created_at, updated_at)
      values (gen_random_uuid(), gen_random_uuid(), 'uncommitted', now(), now())`.execute(tx.getKysely());
    expect(await preparedRows(tx, videosTitled('uncommitted'))).toEqual([{ title: 'uncommitted' }]);
    expect(await preparedRows(em, videosTitled('uncommitted'))).toEqual([]);
  });
});

test('an error of Postgres keeps its code', async () => {
  await expect(preparedRows(em, sql`select ${'x'}::uuid`)).rejects.toMatchObject({ code: '22P02' });
});
