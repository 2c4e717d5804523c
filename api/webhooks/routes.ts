import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonOnly, sizeGate } from '#api/middleware/json-gate.ts';
import { jsonBody } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { receiveTranscodeEvent } from '#domain/transcode/receive-transcode-event.ts';
import { receiveUploadEvent } from '#domain/upload/receive-upload-event.ts';
import { authenticity } from './authenticity.ts';
import { TranscodeEventBody, UploadEventBody } from './schemas.ts';

/** A thousand assets with long keys. */
const BODY_MAX_BYTES = 512 * 1024;

const SIGNED = { tags: ['Webhooks'], security: [{ webhookSignature: [] }] };
const ACCEPTED = { description: 'Taken. Duplicates and late ones are answered the same.' };

const uploads = createRoute({
  ...SIGNED,
  method: 'post',
  path: '/api/webhooks/uploads',
  operationId: 'receiveUploadEvent',
  summary: 'An upload is in storage',
  description: 'Runs the same completion as the client would. Signed by Standard Webhooks.',
  request: { body: jsonBody(UploadEventBody) },
  responses: {
    204: ACCEPTED,
    ...problems(
      'unauthenticated',
      ...BODY_PROBLEMS,
      'video_not_found',
      'upload_not_found',
      'parts_missing',
      'parts_mismatch',
      'storage_unavailable',
    ),
  },
});

const transcoding = createRoute({
  ...SIGNED,
  method: 'post',
  path: '/api/webhooks/transcoding',
  operationId: 'receiveTranscodeEvent',
  summary: 'A transcode has ended',
  description:
    'A hint: the state moves after storage, or the transcoder, confirms it. Signed by Standard Webhooks.',
  request: { body: jsonBody(TranscodeEventBody) },
  responses: { 204: ACCEPTED, ...problems('unauthenticated', ...BODY_PROBLEMS, 'video_not_found') },
});

/** `/api/webhooks`: hints of providers, authenticated by their signature. */
export function webhookRoutes(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  app.use('/api/webhooks/*', sizeGate(BODY_MAX_BYTES), authenticity(platform), jsonOnly);
  return app
    .openapi(uploads, async (c) => {
      const { uploadSessionId, videoId } = c.req.valid('json');
      await receiveUploadEvent(c.get('context'), { uploadSessionId, videoId });
      c.get('context').metrics.webhookReceived('webhook', 'accepted');
      return c.body(null, 204);
    })
    .openapi(transcoding, async (c) => {
      const rawBody = await c.req.text();
      const { assets, ...event } = definedMembers(c.req.valid('json'));
      await receiveTranscodeEvent(c.get('context'), {
        eventId: c.req.header('webhook-id') ?? null,
        rawBody,
        body: { ...event, ...(assets && { assets: assets.map(definedMembers) }) },
      });
      return c.body(null, 204);
    });
}
