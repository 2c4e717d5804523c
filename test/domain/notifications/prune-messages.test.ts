import { beforeEach, expect, test } from 'vitest';
import { pruneMessages } from '#domain/notifications/prune-messages.ts';
import { useStage } from '#test/domain/stage.ts';
import { happens, ownedEndpoint } from './endpoints.ts';

const stage = useStage();
beforeEach(() => stage.reset());

const count = async (table: string, where: string): Promise<number> =>
  (await stage.sql(`select 1 from ${table} where ${where}`)).length;

test('old messages go with their deliveries and attempts; young ones and what is on its way stay', async () => {
  const { ownerId } = await ownedEndpoint(stage, 'https://example.com/');
  const [ended = ''] = await happens(stage, ownerId);
  const [waiting = ''] = await happens(stage, ownerId);
  await stage.sql(`update webhook_deliveries set state = 'DELIVERED', ended_at = now() where id = ?`, [
    ended,
  ]);
  await stage.sql(
    `insert into webhook_attempts (id, delivery_id, number, started_at, duration_ms)
     values (gen_random_uuid(), ?, 1, now(), 5)`,
    [ended],
  );
  expect(await pruneMessages(stage.system())).toBe(0);
  stage.passSeconds(stage.system().settings.webhooks.keepMessagesSeconds + 60);
  const [young = ''] = await happens(stage, ownerId);
  expect(await pruneMessages(stage.system())).toBe(1);
  const left = await stage.sql<{ id: string }>('select id from webhook_deliveries');
  expect(left.map(({ id }) => id).sort()).toEqual([waiting, young].sort());
  expect(await count('webhook_messages', `owner_id = '${ownerId}'`)).toBe(2);
  expect(await count('webhook_attempts', `delivery_id = '${ended}'`)).toBe(0);
  expect(await pruneMessages(stage.system())).toBe(0);
});
