import { beforeEach, expect, test } from 'vitest';
import { deliverWebhook } from '#domain/notifications/deliver-webhook.ts';
import { happens, ownedEndpoint } from '#test/domain/notifications/endpoints.ts';
import { useStage } from '#test/domain/stage.ts';
import { startReceiver } from '#test/providers/webhooks/receiver.ts';
import { waitFor } from '#test/support/conditions.ts';

const stage = useStage({}, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
beforeEach(() => stage.reset());

const deliver = (deliveryId: string) => deliverWebhook(stage.system(), { deliveryId });

/** When this delivery is looked at again, in seconds from now, and before whom. */
async function turnOf(deliveryId: string): Promise<{ inSeconds: number; priority: number }> {
  const [job] = await stage.sql<{ run_at: string; priority: number }>(
    'select run_at, priority from graphile_worker._private_jobs where key = ?',
    [`deliver:${deliveryId}`],
  );
  if (!job) throw new Error('No attempt is queued');
  return {
    inSeconds: (new Date(job.run_at).getTime() - stage.now().getTime()) / 1000,
    priority: job.priority,
  };
}

test('a crowd of deliveries behind receivers that hang looks ever more rarely, and behind those of others', async () => {
  const held = Promise.withResolvers<void>();
  await using slow = await startReceiver(async (_request, _incoming, response) => {
    await held.promise;
    response.end();
  });
  const { ownerId } = await ownedEndpoint(stage, slow.url);
  for (let n = 0; n < 3; n += 1) await ownedEndpoint(stage, slow.url, ownerId);
  const [fourth = '', ...ids] = await happens(stage, ownerId);
  const calls = ids.map(deliver);
  await waitFor('three calls', async () => slow.received.length === 3);
  await deliver(fourth);
  const first = await turnOf(fourth);
  expect(first.inSeconds).toBeGreaterThan(2);
  expect(first.inSeconds).toBeLessThan(7);
  await ownedEndpoint(stage, slow.url, ownerId);
  const fresh = await happens(stage, ownerId);
  expect((await turnOf(fresh[0] ?? '')).priority).toBeLessThan(first.priority);
  stage.passSeconds(40);
  await deliver(fourth);
  expect((await turnOf(fourth)).inSeconds).toBeGreaterThan(19);
  held.resolve();
  await Promise.all(calls);
});
