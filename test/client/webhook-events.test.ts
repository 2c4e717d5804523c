import type { z } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import type { EVENT_DATA } from '#api/webhook-endpoints/event-schemas.ts';
import { verifyWebhook } from '#client/verify-webhook.ts';
import type { EventData } from '#client/webhook-events.ts';
import { deliverWebhook } from '#domain/notifications/deliver-webhook.ts';
import { ownedEndpoint } from '#test/domain/notifications/endpoints.ts';
import { useStage } from '#test/domain/stage.ts';
import { startReceiver } from '#test/providers/webhooks/receiver.ts';

const stage = useStage({}, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });

type Described = { [Type in keyof typeof EVENT_DATA]: z.infer<(typeof EVENT_DATA)[Type]> };
type SameMembers<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : false;
type AllSame = {
  [Type in keyof EventData]: SameMembers<EventData[Type], Described[Type]>;
}[keyof EventData];

test('the types of the client are those of the description', () => {
  // Judged by the compiler: this file does not compile when they part.
  const fits: Described extends EventData ? true : false = true;
  const sameTypes: SameMembers<EventData, Described> = true;
  const sameMembers: AllSame = true;
  expect([fits, sameTypes, sameMembers]).toEqual([true, true, true]);
});

test('an event on its whole way: something happens to a video, a receiver is called, our helper believes it', async () => {
  await using receiver = await startReceiver();
  const { ownerId, secret } = await ownedEndpoint(stage, receiver.url);
  const { videoId } = await stage.ready(await stage.draft(ownerId));
  await stage.runJobs('announce-video');
  for (const { payload } of await stage.queue('deliver-webhook'))
    await deliverWebhook(stage.system(), { deliveryId: String(payload.deliveryId) });
  const events = await Promise.all(
    receiver.received.map(({ headers, body }) => verifyWebhook(secret, headers, body)),
  );
  const ready = events.find((event) => event.type === 'video.asset.ready');
  expect(ready?.data).toMatchObject({ id: videoId, status: 'READY', streamUrl: expect.any(String) });
  expect(events.map(({ type }) => type).sort()).toEqual(['video.asset.ready', 'video.upload.completed']);
});
