import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonBody } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { receiveStorageEvent } from '#domain/upload/receive-storage-event.ts';
import { createdObjects } from './storage-events.ts';
import { STORAGE_SECRET_HEADER, storageSecret } from './storage-secret.ts';

/** EventBridge sends 256 KiB at most. */
const BODY_MAX_BYTES = 512 * 1024;

const StorageEvent = z.looseObject({}).openapi('StorageEvent', {
  description:
    'An S3 event: the envelope of EventBridge ("Object Created"), or a notification with `Records`. Anything else is taken and passed over.',
  example: {
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: {
      bucket: { name: 'sluice-sources' },
      object: {
        key: 'staging/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10/source.mp4',
        size: 734003200,
      },
      reason: 'PutObject',
    },
  },
});

const storageEvents = createRoute({
  tags: ['Webhooks'],
  security: [{ storageSecret: [] }],
  method: 'post',
  path: '/webhooks/storage',
  operationId: 'receiveStorageEvent',
  summary: 'An object was stored',
  description:
    'A hint of the storage itself: has the upload looked at that the object belongs to. State changes only by what storage then says. One event, several, or something else altogether: all are answered the same.',
  request: { body: jsonBody(z.union([StorageEvent, z.array(StorageEvent)])) },
  responses: {
    204: { description: 'Taken. Duplicates and what concerns nobody here are answered the same.' },
    ...problems('unauthenticated', ...BODY_PROBLEMS),
  },
});

/** `/webhooks/storage`: S3 events, by EventBridge, by an S3 server's own webhooks, or by the embedded server. */
export function storageEventRoutes(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  app.openAPIRegistry.registerComponent('securitySchemes', 'storageSecret', {
    type: 'apiKey',
    in: 'header',
    name: STORAGE_SECRET_HEADER,
    description: '`STORAGE_WEBHOOK_SECRET`; `Authorization: Bearer` carries it as well.',
  });
  app.use('/webhooks/storage', storageSecret(platform), jsonGate({ maxBytes: BODY_MAX_BYTES }));
  return app.openapi(storageEvents, async (c) => {
    const context = c.get('context');
    await receiveStorageEvent(context, { created: createdObjects(c.req.valid('json')) });
    context.metrics.webhookReceived('storage', 'accepted');
    return c.body(null, 204);
  });
}
