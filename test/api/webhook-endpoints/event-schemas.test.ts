import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventSchema } from '#api/webhook-endpoints/event-schemas.ts';
import type { MessageType } from '#domain/notifications/event-types.ts';
import { EVENT_TYPES } from '#domain/notifications/event-types.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { createTestApi, type TestApi } from '#test/api/test-api.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

test('every event is described in OpenAPI, so that receivers can be made from it', async () => {
  const document = (await (await api.call('GET', '/openapi.json', { as: null })).json()) as {
    webhooks: Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>;
    components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
  };
  expect(Object.keys(document.webhooks).sort()).toEqual([...EVENT_TYPES, 'endpoint.test'].sort());
  for (const [type, { post }] of Object.entries(document.webhooks)) {
    const name = `Event_${type.replaceAll('.', '_')}`;
    expect(post.requestBody.content['application/json']?.schema).toEqual({
      $ref: `#/components/schemas/${name}`,
    });
    expect(document.components.schemas[name]?.properties?.type, type).toMatchObject({ enum: [type] });
  }
});

test('what is written down fits its description', async () => {
  const { ownerId } = await stage.ready();
  const canceled = await stage.opened(await stage.draft(ownerId));
  await cancelUpload(stage.as(ownerId), canceled);
  await stage.runJobs('announce-video');
  const rows = await stage.sql<{ type: MessageType; body: string }>(
    'select type, body from webhook_messages where owner_id = ?',
    [ownerId],
  );
  expect(new Set(rows.map(({ type }) => type)).size).toBe(3);
  for (const { type, body } of rows) {
    const event: unknown = JSON.parse(body);
    // Parsed strictly both ways: nothing is missing, and nothing is there that is not described.
    expect(eventSchema(type).parse(event)).toEqual(event);
  }
  expect(() => eventSchema('video.asset.ready').parse({ id: randomUUID() })).toThrow();
});
