import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INGEST_ENDPOINT_ID } from '#domain/notifications/ingest-endpoint.ts';
import { recordMessage } from '#domain/notifications/record-message.ts';
import { transaction } from '#domain/transaction.ts';
import { problemOf } from '#test/api/test-api.ts';
import { startReceiver } from '#test/providers/webhooks/receiver.ts';
import { freePort } from '#test/support/ports.ts';
import { createEndpointApi, type EndpointApi, PATH } from './endpoint-api.ts';

let api: EndpointApi;
let ingestPort: number;
const ADMIN = { scopes: ['admin'] };
beforeAll(async () => {
  ingestPort = await freePort();
  api = await createEndpointApi({
    env: {
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      INGEST_URL: `http://127.0.0.1:${ingestPort}/ingest`,
      INGEST_TOKEN: 'ingest-token-of-the-test',
    },
  });
});
afterAll(() => api.close());

test('a test is sent like any event: signed, logged, and to be read back', async () => {
  await using receiver = await startReceiver();
  const { id, secret } = await api.registered({ url: receiver.url, events: ['video.asset.errored'] });
  const queued = await api.ok(202, 'POST', `${PATH}/${id}/test`);
  expect(queued).toMatchObject({ type: 'endpoint.test', state: 'PENDING', attemptCount: 0, attempts: [] });
  await api.deliverAll();
  const [got] = receiver.received;
  const headers = Object.fromEntries(Object.entries(got?.headers ?? {}).map(([k, v]) => [k, String(v)]));
  const event = new Webhook(secret ?? '').verify(got?.body ?? '', headers);
  expect(event).toMatchObject({ type: 'endpoint.test', data: { endpointId: id } });
  const read = await api.ok(200, 'GET', `${PATH}/${id}/deliveries/${queued.id}`);
  expect(read).toMatchObject({
    state: 'DELIVERED',
    attemptCount: 1,
    nextAttemptAt: null,
    endedAt: expect.any(String),
    attempts: [{ number: 1, status: 200, error: null, answerExcerpt: 'ok', durationMs: expect.any(Number) }],
    body: got?.body,
    messageId: headers['webhook-id'],
  });
});

test('a delivery is sent again with the same id and body, whatever became of it', async () => {
  let status = 500;
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(status).end(),
  );
  const { id } = await api.registered({ url: receiver.url });
  const { id: deliveryId } = await api.ok(202, 'POST', `${PATH}/${id}/test`);
  await api.deliverAll();
  status = 200;
  const replay = `${PATH}/${id}/deliveries/${deliveryId}/replay`;
  const headers = { 'Idempotency-Key': randomUUID() };
  expect(await api.ok(202, 'POST', replay, { headers })).toMatchObject({ state: 'PENDING' });
  await api.ok(202, 'POST', replay, { headers });
  await api.deliverAll();
  expect(await api.ok(202, 'POST', replay)).toMatchObject({ state: 'PENDING', attemptCount: 2 });
  await api.deliverAll();
  expect(receiver.received).toHaveLength(3);
  expect(new Set(receiver.received.map(({ headers: h, body }) => h['webhook-id'] + body)).size).toBe(1);
  const read = await api.ok(200, 'GET', `${PATH}/${id}/deliveries/${deliveryId}`);
  expect(read).toMatchObject({ state: 'DELIVERED', attemptCount: 3 });
  expect(read.attempts.map((attempt) => attempt.status)).toEqual([500, 200, 200]);
});

test('deliveries are listed newest first, by pages, and by state', async () => {
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(receiver.received.length === 1 ? 500 : 200).end(),
  );
  const { id } = await api.registered({ url: receiver.url });
  const made: string[] = [];
  for (let sent = 0; sent < 3; sent += 1) {
    made.unshift((await api.ok(202, 'POST', `${PATH}/${id}/test`)).id);
    await api.deliverAll();
  }
  const path = `${PATH}/${id}/deliveries`;
  const page = await api.ok(200, 'GET', `${path}?limit=2`);
  const rest = await api.ok(200, 'GET', `${path}?limit=2&cursor=${page.nextCursor}`);
  expect([...page.items, ...rest.items].map((item) => item.id)).toEqual(made);
  expect(rest.nextCursor).toBeNull();
  expect(page.items[0]).not.toHaveProperty('body');
  const waiting = await api.ok(200, 'GET', `${path}?state=PENDING`);
  expect(waiting.items).toMatchObject([
    { id: made[2], attemptCount: 1, attempts: [{ number: 1, status: 500, error: 'status' }] },
  ]);
  for (const query of ['limit=0', 'limit=101', 'cursor=x', 'state=LOST', 'foo=1'])
    expect((await api.call('GET', `${path}?${query}`)).status, query).toBe(422);
});

test('a delivery of another endpoint is not there', async () => {
  const { id } = await api.registered({ url: 'http://127.0.0.1:1/' });
  const other = await api.registered({ url: 'http://127.0.0.1:1/' });
  const { id: deliveryId } = await api.ok(202, 'POST', `${PATH}/${id}/test`);
  for (const [method, path] of [
    ['GET', `${PATH}/${other.id}/deliveries/${deliveryId}`],
    ['POST', `${PATH}/${other.id}/deliveries/${deliveryId}/replay`],
  ] as const)
    expect((await problemOf(await api.call(method, path))).code).toBe('delivery_not_found');
});

test('an endpoint that is disabled is neither tested nor sent anything again', async () => {
  const { id } = await api.registered({ url: 'http://127.0.0.1:1/' });
  const { id: deliveryId } = await api.ok(202, 'POST', `${PATH}/${id}/test`);
  await api.ok(200, 'PATCH', `${PATH}/${id}`, { json: { enabled: false } });
  await api.deliverAll();
  expect(await api.ok(200, 'GET', `${PATH}/${id}/deliveries/${deliveryId}`)).toMatchObject({
    state: 'FAILED',
    attempts: [],
  });
  for (const path of [`${PATH}/${id}/test`, `${PATH}/${id}/deliveries/${deliveryId}/replay`])
    expect(await problemOf(await api.call('POST', path))).toMatchObject({
      status: 409,
      code: 'webhook_endpoint_disabled',
      disabledReason: 'by_owner',
    });
});

/** A playlist ends. Answers what is on its way to the ingest address. */
async function playlistEnded(): Promise<string> {
  const context = api.platform.context({ kind: 'system' });
  await transaction(context.em, (tx) =>
    recordMessage(context, tx, {
      ownerId: api.ownerId,
      type: 'playlist.ended',
      dedupeKey: randomUUID(),
      videoId: null,
      data: { playlistId: randomUUID(), title: 'Course', videos: [] },
    }),
  );
  const { items } = await api.ok(200, 'GET', `${PATH}/${INGEST_ENDPOINT_ID}/deliveries`, ADMIN);
  return items[0]?.id ?? '';
}

test('the ingest endpoint is for the admin scope to see, and for the configuration to change', async () => {
  await playlistEnded();
  expect((await api.ok(200, 'GET', PATH)).items.map(({ kind }) => kind)).not.toContain('ingest');
  const { items } = await api.ok(200, 'GET', PATH, ADMIN);
  expect(items.find(({ kind }) => kind === 'ingest')).toMatchObject({
    id: INGEST_ENDPOINT_ID,
    url: `http://127.0.0.1:${ingestPort}/ingest`,
    enabled: true,
  });
  const own = `${PATH}/${INGEST_ENDPOINT_ID}`;
  for (const [method, path, json] of [
    ['PATCH', own, { url: 'https://example.com/' }],
    ['DELETE', own],
    ['POST', `${own}/rotate-secret`],
    ['POST', `${own}/test`],
  ] as const) {
    const request = json ? { json } : {};
    expect((await api.call(method, path, { ...request, ...ADMIN })).status, path).toBe(403);
    expect((await api.call(method, path, request)).status, path).toBe(404);
  }
});

test('a report that failed is sent again on request; one that was taken never is', async () => {
  const deliveryId = await playlistEnded();
  await api.deliverAll();
  const path = `${PATH}/${INGEST_ENDPOINT_ID}/deliveries/${deliveryId}`;
  expect(await api.ok(200, 'GET', path, ADMIN)).toMatchObject({
    state: 'PENDING',
    attempts: [{ error: 'refused' }],
  });
  await using receiver = await startReceiver(undefined, undefined, ingestPort);
  await api.ok(202, 'POST', `${path}/replay`, ADMIN);
  await api.deliverAll();
  expect(receiver.received).toHaveLength(1);
  expect(await api.ok(200, 'GET', path, ADMIN)).toMatchObject({ state: 'DELIVERED' });
  const problem = await problemOf(await api.call('POST', `${path}/replay`, ADMIN));
  expect(problem).toMatchObject({ status: 409, code: 'already_delivered' });
  await api.deliverAll();
  expect(receiver.received).toHaveLength(1);
});
