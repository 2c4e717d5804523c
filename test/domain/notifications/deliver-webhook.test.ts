import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { beforeEach, expect, test } from 'vitest';
import { newWebhookSecret } from '#domain/notifications/webhook-secret.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { useStage } from '#test/domain/stage.ts';
import { type Received, startReceiver } from '#test/providers/webhooks/receiver.ts';
import { attemptRows, deliveryRow, deliverySteps, happens, ownedEndpoint } from './endpoints.ts';

const stage = useStage({}, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
beforeEach(() => stage.reset());

const { begun, deliver, deliverWhenDue } = deliverySteps(stage);
const only = ([id = '']: string[]): string => id;

function headersOf({ headers }: Received): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
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
