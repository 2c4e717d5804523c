import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { deliverWebhook } from '#domain/notifications/deliver-webhook.ts';
import { INGEST_ENDPOINT_ID } from '#domain/notifications/ingest-endpoint.ts';
import { recordMessage } from '#domain/notifications/record-message.ts';
import { transaction } from '#domain/transaction.ts';
import { useStage } from '#test/domain/stage.ts';
import { startReceiver } from '#test/providers/webhooks/receiver.ts';
import { attemptRows, deliveryRow } from './endpoints.ts';

const TOKEN = 'a-token-that-only-the-configuration-has';
const DATA = {
  playlistId: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  title: 'Course',
  videos: [
    { id: null, title: 'One', status: 'FAILED', streamUrl: null, durationSeconds: null, failReason: 'X' },
  ],
};

// Nothing inside is allowed to owners here: the ingest address is the operator's.
const stage = useStage();
beforeEach(() => stage.reset());

/** A playlist ends. Answers the delivery to the ingest address. */
async function ended(dedupeKey: string = randomUUID()): Promise<string> {
  const context = stage.system();
  await transaction(context.em, (tx) =>
    recordMessage(context, tx, {
      ownerId: randomUUID(),
      type: 'playlist.ended',
      dedupeKey,
      videoId: null,
      data: DATA,
    }),
  );
  const [row] = await stage.sql<{ id: string }>(
    `select d.id from webhook_deliveries d join webhook_messages m on m.id = d.message_id
     where m.dedupe_key = ? and d.endpoint_id = ?`,
    [`ingest:${dedupeKey}`, INGEST_ENDPOINT_ID],
  );
  return row?.id ?? '';
}

const deliver = (deliveryId: string) => deliverWebhook(stage.system(), { deliveryId });

test('a finished playlist is POSTed bare, with the bearer of the configuration, to an address inside too', async () => {
  await using receiver = await startReceiver();
  stage.tune({ ingest: { url: receiver.url, token: TOKEN } });
  const deliveryId = await ended();
  await deliver(deliveryId);
  const [got] = receiver.received;
  expect(got?.method).toBe('POST');
  expect(got?.body).toBe(JSON.stringify(DATA));
  expect(got?.headers).toMatchObject({
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    'webhook-id': (await deliveryRow(stage, deliveryId)).message_id,
  });
  expect(got?.headers).not.toHaveProperty('webhook-signature');
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'DELIVERED' });
});

test('without a token there is no Authorization header', async () => {
  await using receiver = await startReceiver();
  stage.tune({ ingest: { url: receiver.url, token: null } });
  await deliver(await ended());
  expect(receiver.received[0]?.headers).not.toHaveProperty('authorization');
});

test('the token stands in no row, although the receiver sends it back', async () => {
  await using receiver = await startReceiver((request, _incoming, response) =>
    response.writeHead(500).end(`you sent ${request.headers.authorization}`),
  );
  stage.tune({ ingest: { url: receiver.url, token: TOKEN } });
  const deliveryId = await ended();
  await deliver(deliveryId);
  expect(await attemptRows(stage, deliveryId)).toMatchObject([
    { status: 500, answer_excerpt: 'you sent Bearer [redacted]' },
  ]);
  for (const table of ['webhook_endpoints', 'webhook_messages', 'webhook_deliveries', 'webhook_attempts'])
    expect(JSON.stringify(await stage.sql(`select * from ${table}`)), table).not.toContain(TOKEN);
  expect(JSON.stringify(await stage.queue())).not.toContain(TOKEN);
});

test('a success is never repeated: neither the job, nor the event, nor a worker that comes late', async () => {
  await using receiver = await startReceiver();
  stage.tune({ ingest: { url: receiver.url, token: TOKEN } });
  const dedupeKey = randomUUID();
  const deliveryId = await ended(dedupeKey);
  await Promise.all([deliver(deliveryId), deliver(deliveryId)]);
  await deliver(deliveryId);
  await ended(dedupeKey);
  await stage.runJobs('deliver-webhook');
  expect(receiver.received).toHaveLength(1);
});

test('what waits goes to the address of today, with the token of today', async () => {
  await using receiver = await startReceiver();
  stage.tune({ ingest: { url: 'http://127.0.0.1:1/old', token: 'old' } });
  const deliveryId = await ended();
  stage.tune({ ingest: { url: receiver.url, token: TOKEN } });
  await deliver(deliveryId);
  expect(receiver.received[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  expect(await stage.row('webhook_endpoints', INGEST_ENDPOINT_ID)).toMatchObject({ url: receiver.url });
});

test('what waits for an address that was taken out of the configuration ends', async () => {
  stage.tune({ ingest: { url: 'http://127.0.0.1:1/', token: null } });
  const deliveryId = await ended();
  stage.tune({ ingest: null });
  await deliver(deliveryId);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'FAILED', attempts: 0 });
  expect(await ended()).toBe('');
});

test('the operator is not disabled: 410 and days of failure are tried again like anything else', async () => {
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(410).end(),
  );
  stage.tune({ ingest: { url: receiver.url, token: TOKEN } });
  const deliveryId = await ended();
  await deliver(deliveryId);
  stage.passSeconds(stage.system().settings.webhooks.disableAfterSeconds + 10);
  await deliver(deliveryId);
  expect(await deliveryRow(stage, deliveryId)).toMatchObject({ state: 'PENDING', attempts: 2 });
  expect(await stage.row('webhook_endpoints', INGEST_ENDPOINT_ID)).toMatchObject({ disabled_at: null });
});
