import { afterEach, expect, test } from 'vitest';
import { transaction } from '#domain/transaction.ts';
import { useStage } from '#test/domain/stage.ts';

const POOL_SIZE = 3;
const stage = useStage({}, { DATABASE_POOL_SIZE: String(POOL_SIZE) });
afterEach(() => stage.reset());

/** A transaction whose connection the server drops, as in a restart or a failover. */
function dropped(): Promise<unknown> {
  return transaction(stage.system().em, async (tx) => {
    const [row] = await tx.execute<{ pid: number }[]>('select pg_backend_pid() as pid');
    await stage.sql('select pg_terminate_backend(?)', [row?.pid]);
    await tx.execute('select 1');
  });
}

test('transactions that lose their connection leave the pool as large as it was', async () => {
  for (let i = 0; i < POOL_SIZE + 1; i += 1) await expect(dropped()).rejects.toThrow();
  const all = Array.from({ length: POOL_SIZE }, () =>
    transaction(stage.system().em, (tx) => tx.execute<{ one: number }[]>('select 1 as one')),
  );
  expect(await Promise.all(all)).toEqual(all.map(() => [{ one: 1 }]));
});

test('a process that is stopped inside a transaction keeps its locks for half a minute at most', async () => {
  const limits = await Promise.all(
    Array.from({ length: POOL_SIZE }, () =>
      transaction(stage.system().em, (tx) => tx.execute('show idle_in_transaction_session_timeout')),
    ),
  );
  expect(limits).toEqual(limits.map(() => [{ idle_in_transaction_session_timeout: '30s' }]));
});
