import { beforeEach, expect, test } from 'vitest';
import { claimDelivery } from '#domain/notifications/claim-delivery.ts';
import { useStage } from '#test/domain/stage.ts';
import { startReceiver } from '#test/providers/webhooks/receiver.ts';
import { waitFor } from '#test/support/conditions.ts';
import { attemptRows, deliveryRow, deliverySteps, happens, ownedEndpoint } from './endpoints.ts';

const stage = useStage({}, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
beforeEach(() => stage.reset());

const { begun, deliver, deliverWhenDue } = deliverySteps(stage);

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
