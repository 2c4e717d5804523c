import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { beforeEach, expect, test } from 'vitest';
import { claimDelivery } from '#domain/notifications/claim-delivery.ts';
import { deliverWebhook } from '#domain/notifications/deliver-webhook.ts';
import { newWebhookSecret } from '#domain/notifications/webhook-secret.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { useStage } from '#test/domain/stage.ts';
import { type Received, startReceiver } from '#test/providers/webhooks/receiver.ts';
import { waitFor } from '#test/support/conditions.ts';
import { attemptRows, deliveryRow, happens, ownedEndpoint } from './endpoints.ts';

const stage = useStage({}, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
beforeEach(() => stage.reset());

const only = ([id = '']: string[]): string => id;

function headersOf({ headers }: Received): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** One message to one endpoint at a receiver that answers with a status. */
async function begun(url: string) {
  const endpoint = await ownedEndpoint(stage, url);
  const deliveryId = only(await happens(stage, endpoint.ownerId));
  return { ...endpoint, deliveryId };
}

const deliver = (deliveryId: string) => deliverWebhook(stage.system(), { deliveryId });

/** Runs the job that waits for this delivery, at the time for which it waits. */
async function deliverWhenDue(deliveryId: string): Promise<number> {
  const [job] = await stage.queue('deliver-webhook', { deliveryId });
  if (!job) throw new Error('No attempt is queued');
  const waitSeconds = (new Date(job.runAt).getTime() - stage.now().getTime()) / 1000;
  stage.passSeconds(Math.max(0, waitSeconds) + 0.01);
  await stage.sql('delete from graphile_worker._private_jobs where id = ?', [job.id]);
  await deliver(deliveryId);
  return waitSeconds;
}

test('a receiver of Standard Webhooks accepts what is sent, byte for byte as it was written down', async () => {
  await using receiver = await startReceiver();
  const { deliveryId, secret } = await begun(receiver.url);
  await deliver(deliveryId);
  const [got] = receiver.received;
  if (!got) throw new Error('Nothing arrived');
  const verified = new Webhook(secret).verify(got.body, headersOf(got));
  expect(verified).toMatchObject({ type: 'video.asset.ready', data: { title: 'Tür 🚪' } });
  const { message_id } = await deliveryRow(stage, deliveryId);
  expect(got.headers).toMatchObject({ 'webhook-id': message_id, 'content-type': 'application/json' });
  const { body } = await stage.row<{ body: string }>('webhook_messages', message_id);
  expect(got.body).toBe(body);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({
    state: 'DELIVERED',
    attempts: 1,
    next_attempt_at: null,
    claimed_until: null,
  });
  expect(await attemptRows(stage, deliveryId)).toMatchObject([
    { number: 1, status: 200, error: null, answer_excerpt: 'ok' },
  ]);
});

test('while a secret is changed both sign; after the overlap the old one does not', async () => {
  await using receiver = await startReceiver();
  const { ownerId, endpointId, secret } = await ownedEndpoint(stage, receiver.url);
  const old = newWebhookSecret();
  await stage.sql(
    `update webhook_endpoints set previous_secret = ?, previous_secret_until = ?::timestamptz where id = ?`,
    [old, new Date(stage.now().getTime() + 60_000).toISOString(), endpointId],
  );
  await deliver(only(await happens(stage, ownerId)));
  stage.passSeconds(61);
  await deliver(only(await happens(stage, ownerId)));
  const [during, after] = receiver.received;
  if (!during || !after) throw new Error('Two were expected');
  for (const each of [old, secret]) new Webhook(each).verify(during.body, headersOf(during));
  new Webhook(secret).verify(after.body, headersOf(after));
  expect(() => new Webhook(old).verify(after.body, headersOf(after))).toThrow('No matching signature');
});

test('what fails is tried on the schedule with the same id and body, then given up', async () => {
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(500).end('no'),
  );
  stage.tune({
    webhooks: { ...stage.system().settings.webhooks, retryWaitSeconds: [5, 300, 1800] },
  });
  const { deliveryId } = await begun(receiver.url);
  await deliver(deliveryId);
  const waits: number[] = [];
  for (let attempt = 2; attempt <= 4; attempt += 1) waits.push(await deliverWhenDue(deliveryId));
  for (const [index, base] of [5, 300, 1800].entries()) {
    expect(waits[index]).toBeGreaterThan(base - 1);
    expect(waits[index]).toBeLessThanOrEqual(base * 1.2);
  }
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({
    state: 'FAILED',
    attempts: 4,
    next_attempt_at: null,
  });
  expect(await stage.queue('deliver-webhook', { deliveryId })).toEqual([]);
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  const moments = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
  expect(moments[3]).toBeGreaterThan((moments[0] ?? 0) + 2000);
  expect(await attemptRows(stage, deliveryId)).toMatchObject([
    { number: 1, status: 500, error: 'status', answer_excerpt: 'no' },
    { number: 2 },
    { number: 3 },
    { number: 4 },
  ]);
});

test.each([301, 302, 307, 308, 400, 401, 404, 500, 502])('a %i is a failure', async (status) => {
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(status, { location: '/elsewhere' }).end(),
  );
  const { deliveryId } = await begun(receiver.url);
  await deliver(deliveryId);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'PENDING', attempts: 1 });
  expect(await attemptRows(stage, deliveryId)).toMatchObject([
    { status, error: status < 400 ? 'redirect' : 'status' },
  ]);
  expect(receiver.received).toHaveLength(1);
});

test.each([200, 201, 202, 204])('a %i is a success', async (status) => {
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(status).end(),
  );
  const { deliveryId } = await begun(receiver.url);
  await deliver(deliveryId);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'DELIVERED' });
});

test.each([
  [429, '600', 600],
  [503, '600', 600],
  [503, '1', 5],
  [429, '99999999', 86_400],
  [500, '600', 5],
])('a %i that asks for %s s is called again after %i s', async (status, asked, waitSeconds) => {
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(status, { 'retry-after': asked }).end(),
  );
  const { deliveryId } = await begun(receiver.url);
  await deliver(deliveryId);
  const waited = await deliverWhenDue(deliveryId);
  expect(waited).toBeGreaterThan(waitSeconds - 2);
  expect(waited).toBeLessThanOrEqual(waitSeconds * 1.2);
});

test('a receiver that is gone is called no more, and its owner can see why', async () => {
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(410).end(),
  );
  const { deliveryId, endpointId, ownerId } = await begun(receiver.url);
  const [waiting = ''] = await happens(stage, ownerId);
  await deliver(deliveryId);
  expect(await stage.row('webhook_endpoints', endpointId)).toMatchObject({ disabled_reason: 'gone' });
  await deliver(waiting);
  expect(await deliveryRow(stage, waiting)).toMatchObject({ state: 'FAILED', attempts: 0 });
  expect(await happens(stage, ownerId)).toEqual([]);
  expect(receiver.received).toHaveLength(1);
});

test('an endpoint at which nothing succeeds for days is disabled; one success starts the count anew', async () => {
  let status = 500;
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(status).end(),
  );
  const { endpointId, ownerId } = await ownedEndpoint(stage, receiver.url);
  const { disableAfterSeconds } = stage.system().settings.webhooks;
  const standing = () => stage.row<{ disabled_reason: string | null }>('webhook_endpoints', endpointId);
  const once = async (answer: number) => {
    status = answer;
    await deliver(only(await happens(stage, ownerId)));
  };
  await once(500);
  stage.passSeconds(disableAfterSeconds - 10);
  await once(200);
  expect(await standing()).toMatchObject({ failing_since: null });
  await once(500);
  stage.passSeconds(disableAfterSeconds - 10);
  await once(500);
  expect(await standing()).toMatchObject({ disabled_reason: null });
  stage.passSeconds(20);
  await once(500);
  expect(await standing()).toMatchObject({ disabled_reason: 'failing' });
});

test('two workers with the same attempt call the receiver once', async () => {
  const held = Promise.withResolvers<void>();
  await using receiver = await startReceiver(async (_request, _incoming, response) => {
    await held.promise;
    response.end();
  });
  const { deliveryId } = await begun(receiver.url);
  const first = deliver(deliveryId);
  await waitFor('the call', async () => receiver.received.length === 1);
  await Promise.all([deliver(deliveryId), deliver(deliveryId)]);
  held.resolve();
  await first;
  expect(receiver.received).toHaveLength(1);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'DELIVERED', attempts: 1 });
  await deliver(deliveryId);
  expect(receiver.received).toHaveLength(1);
});

test('a worker that is killed in mid-call is followed by another once its claim is over', async () => {
  await using receiver = await startReceiver();
  const { deliveryId } = await begun(receiver.url);
  expect(await claimDelivery(stage.system(), deliveryId)).toMatchObject({ number: 1 });
  await deliver(deliveryId);
  expect(receiver.received).toEqual([]);
  await deliverWhenDue(deliveryId);
  expect(receiver.received).toHaveLength(1);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'DELIVERED', attempts: 2 });
});

test('a worker that wakes after its claim spoils nothing: its failure is logged, no more', async () => {
  const held = Promise.withResolvers<void>();
  let call = 0;
  const answers = [500, 503, 200];
  await using receiver = await startReceiver(async (_request, _incoming, response) => {
    const status = answers[call++] ?? 500;
    if (call === 1) await held.promise;
    response.writeHead(status).end();
  });
  const { deliveryId } = await begun(receiver.url);
  const asleep = deliver(deliveryId);
  await waitFor('the call', async () => receiver.received.length === 1);
  stage.passSeconds(60);
  await deliver(deliveryId);
  const before = await deliveryRow(stage, deliveryId);
  held.resolve();
  await asleep;
  expect(await deliveryRow(stage, deliveryId)).toEqual(before);
  expect(await attemptRows(stage, deliveryId)).toMatchObject([{ number: 1 }, { number: 2, status: 503 }]);
  await deliverWhenDue(deliveryId);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'DELIVERED', attempts: 3 });
});

test('a worker that wakes after its claim and was answered 200 ends the delivery: nobody calls again', async () => {
  const held = Promise.withResolvers<void>();
  await using receiver = await startReceiver(async (_request, _incoming, response) => {
    if (receiver.received.length > 1) return response.writeHead(503).end();
    await held.promise;
    return response.end();
  });
  const { deliveryId } = await begun(receiver.url);
  const asleep = deliver(deliveryId);
  await waitFor('the call', async () => receiver.received.length === 1);
  stage.passSeconds(60);
  await deliver(deliveryId);
  held.resolve();
  await asleep;
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'DELIVERED', attempts: 2 });
  await deliverWhenDue(deliveryId);
  expect(receiver.received).toHaveLength(2);
});

test('a delivery whose job was lost is found by the reconciler', async () => {
  await using receiver = await startReceiver();
  const { deliveryId } = await begun(receiver.url);
  await stage.sql(`delete from graphile_worker._private_jobs where payload ->> 'deliveryId' = ?`, [
    deliveryId,
  ]);
  await stage.sql(
    `update webhook_deliveries set next_attempt_at = now() - interval '2 minutes' where id = ?`,
    [deliveryId],
  );
  await reconcile(stage.system());
  expect(await stage.queue('deliver-webhook', { deliveryId })).toHaveLength(1);
  await reconcile(stage.system());
  expect(await stage.queue('deliver-webhook', { deliveryId })).toHaveLength(1);
});

test('receivers that hang hold three calls of one owner, and none of another', async () => {
  const held = Promise.withResolvers<void>();
  await using slow = await startReceiver(async (_request, _incoming, response) => {
    await held.promise;
    response.end();
  });
  await using quick = await startReceiver();
  const { ownerId } = await ownedEndpoint(stage, slow.url);
  await ownedEndpoint(stage, slow.url, ownerId);
  const ids = [...(await happens(stage, ownerId)), ...(await happens(stage, ownerId))];
  const calls = ids.slice(0, 3).map(deliver);
  await waitFor('three calls', async () => slow.received.length === 3);
  const [fourth = ''] = ids.slice(3);
  await deliver(fourth);
  expect(slow.received).toHaveLength(3);
  expect(await deliveryRow(stage, fourth)).toMatchObject({ state: 'PENDING', attempts: 0 });
  const other = await begun(quick.url);
  await deliver(other.deliveryId);
  expect(quick.received).toHaveLength(1);
  held.resolve();
  await Promise.all(calls);
  await deliverWhenDue(fourth);
  expect(await deliveryRow(stage, fourth)).toMatchObject({ state: 'DELIVERED' });
});

test('what a receiver says back is kept without our secrets, and not much of it', async () => {
  await using receiver = await startReceiver((request, _incoming, response) =>
    response.writeHead(500).end(`${request.headers['x-none']} ${secretToEcho} ${'y'.repeat(3000)}`),
  );
  const { deliveryId, secret } = await begun(receiver.url);
  const secretToEcho = secret;
  await deliver(deliveryId);
  const [attempt] = await attemptRows(stage, deliveryId);
  expect(attempt?.answer_excerpt).not.toContain(secret);
  expect(attempt?.answer_excerpt).toContain('[redacted]');
  expect(attempt?.answer_excerpt).toHaveLength(1000);
});

test('an endpoint or a message that is gone is no work', async () => {
  await using receiver = await startReceiver();
  const { deliveryId, endpointId } = await begun(receiver.url);
  await stage.sql('delete from webhook_endpoints where id = ?', [endpointId]);
  await deliver(deliveryId);
  await deliver(randomUUID());
  expect(receiver.received).toEqual([]);
});

test('an endpoint that is deleted during a call does no harm', async () => {
  const held = Promise.withResolvers<void>();
  await using receiver = await startReceiver(async (_request, _incoming, response) => {
    await held.promise;
    response.end();
  });
  const { deliveryId, endpointId } = await begun(receiver.url);
  const call = deliver(deliveryId);
  await waitFor('the call', async () => receiver.received.length === 1);
  await stage.sql('delete from webhook_endpoints where id = ?', [endpointId]);
  held.resolve();
  await call;
  expect(await attemptRows(stage, deliveryId)).toEqual([]);
});
