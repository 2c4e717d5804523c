import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { EventType } from '#domain/notifications/event-types.ts';
import { INGEST_ENDPOINT_ID } from '#domain/notifications/ingest-endpoint.ts';
import { type NewMessage, recordMessage } from '#domain/notifications/record-message.ts';
import { WebhookEndpoint } from '#domain/notifications/webhook-endpoint.entity.ts';
import { transaction } from '#domain/transaction.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
beforeEach(() => stage.reset());

async function endpoint(ownerId: string, events: EventType[] = [], disabledAt: Date | null = null) {
  const { em } = stage.system();
  const row = em.create(WebhookEndpoint, {
    ownerId,
    url: 'https://example.com/hook',
    events,
    secret: 'whsec_x',
    disabledAt,
  });
  await em.flush();
  return row.id;
}

function record(message: Partial<NewMessage> & { ownerId: string }): Promise<void> {
  const context = stage.system();
  return transaction(context.em, (tx) =>
    recordMessage(context, tx, {
      type: 'video.asset.ready',
      dedupeKey: randomUUID(),
      videoId: null,
      data: { id: 'a', title: 'Tür 🚪' },
      ...message,
    }),
  );
}

interface Sent {
  endpoint_id: string;
  type: string;
  body: string;
  state: string;
  id: string;
}

function sentTo(ownerId: string): Promise<Sent[]> {
  return stage.sql<Sent>(
    `select d.id, d.endpoint_id, d.state, m.type, m.body from webhook_deliveries d
     join webhook_messages m on m.id = d.message_id where m.owner_id = ? order by m.dedupe_key, d.endpoint_id`,
    [ownerId],
  );
}

test('an event goes to every enabled endpoint of its owner that wants its type, each with a job', async () => {
  const ownerId = randomUUID();
  const all = await endpoint(ownerId);
  const wanting = await endpoint(ownerId, ['video.asset.ready', 'playlist.ended']);
  await endpoint(ownerId, ['video.asset.errored']);
  await endpoint(ownerId, [], new Date());
  await endpoint(randomUUID());
  await record({ ownerId, occurredAt: new Date('2026-01-22T03:00:00Z') });
  const sent = await sentTo(ownerId);
  expect(sent.map((row) => row.endpoint_id)).toEqual([all, wanting].sort());
  expect(sent[0]?.body).toBe(
    '{"type":"video.asset.ready","timestamp":"2026-01-22T03:00:00.000Z","data":{"id":"a","title":"Tür 🚪"}}',
  );
  for (const { id } of sent) expect(await stage.queue('deliver-webhook', { deliveryId: id })).toHaveLength(1);
});

test('the same occurrence is written down and sent once, by two transactions at the same time too', async () => {
  const ownerId = randomUUID();
  await endpoint(ownerId);
  const dedupeKey = randomUUID();
  await Promise.all([record({ ownerId, dedupeKey }), record({ ownerId, dedupeKey })]);
  await record({ ownerId, dedupeKey });
  expect(await sentTo(ownerId)).toHaveLength(1);
});

test('nothing is queued by a transaction that is rolled back', async () => {
  const ownerId = randomUUID();
  await endpoint(ownerId);
  const context = stage.system();
  const dedupeKey = randomUUID();
  const undone = transaction(context.em, async (tx) => {
    await recordMessage(context, tx, {
      ownerId,
      type: 'video.asset.ready',
      dedupeKey,
      videoId: null,
      data: {},
    });
    throw new Error('no');
  });
  await expect(undone).rejects.toThrow('no');
  expect(await sentTo(ownerId)).toEqual([]);
});

test('a finished playlist is reported to the ingest address without an envelope, and to its owner with one', async () => {
  const ownerId = randomUUID();
  const own = await endpoint(ownerId);
  stage.tune({ ingest: { url: 'http://127.0.0.1:1/one', token: 'ingest-token' } });
  const data = { playlistId: 'p', title: 'Course', videos: [] };
  await record({ ownerId, type: 'playlist.ended', dedupeKey: `playlist:${ownerId}`, data });
  const sent = await sentTo(ownerId);
  expect(sent.map(({ endpoint_id }) => endpoint_id)).toEqual([INGEST_ENDPOINT_ID, own]);
  expect(sent[0]?.body).toBe('{"playlistId":"p","title":"Course","videos":[]}');
  expect(JSON.parse(sent[1]?.body ?? '')).toMatchObject({ type: 'playlist.ended', data });
});

test('the row of the ingest endpoint follows the configuration and never holds its token', async () => {
  for (const url of ['http://127.0.0.1:1/one', 'http://127.0.0.1:1/two']) {
    stage.tune({ ingest: { url, token: 'ingest-token' } });
    await record({ ownerId: randomUUID(), type: 'playlist.ended' });
    const row = await stage.row('webhook_endpoints', INGEST_ENDPOINT_ID);
    expect(row).toMatchObject({ url, kind: 'ingest', owner_id: null, secret: null });
    expect(JSON.stringify(row)).not.toContain('ingest-token');
  }
});

test('events of videos are no business of the ingest address', async () => {
  const ownerId = randomUUID();
  stage.tune({ ingest: { url: 'http://127.0.0.1:1/one', token: null } });
  await record({ ownerId, type: 'video.asset.ready' });
  expect(await sentTo(ownerId)).toEqual([]);
});
