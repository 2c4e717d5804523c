import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { describeEvents } from '#api/webhook-endpoints/event-schemas.ts';

/**
 * The OpenAPI 3.1 description of everything the app answers, made of the schemas that validate requests.
 *
 * @param publicUrl where clients reach the API, without a trailing slash
 */
export function openApiDocument(app: OpenAPIHono<ApiEnvironment>, publicUrl: string) {
  const { openAPIRegistry: registry } = app;
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: '`sub` owns what it creates; the scope `admin` opens operations.',
  });
  registry.registerComponent('securitySchemes', 'webhookSignature', {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description: 'Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, HMAC-SHA256 by `WEBHOOK_SECRET`.',
  });
  describeEvents(registry);
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version: '1.0.0',
      description:
        'Takes a video from a phone or a browser to adaptive streaming: create a video, open an upload session, PUT its parts to the URLs you are given, complete, and read the video until it is READY.\n\nErrors are RFC 9457 problems; [their codes](/problems) are stable. Members that are not documented are refused.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: [
      { name: 'Videos', description: 'Records and their lifecycle. `status` is the only truth.' },
      { name: 'Uploads', description: 'Resumable multipart uploads, straight to storage.' },
      { name: 'Direct', description: 'One URL for a whole file, one call when it is sent.' },
      { name: 'Learning', description: 'A video item and its URLs; nothing to call when the file is sent.' },
      {
        name: 'Signer',
        description: 'A URL for each of several files: videos, or an HLS set that is ready to be played.',
      },
      { name: 'Playlists', description: 'Files of editors, archives among them, and what became of each.' },
      { name: 'tus', description: 'Resumable uploads by the tus protocol 1.0, through the API.' },
      {
        name: 'Companion',
        description: 'The routes that Uppy asks a companion for, to upload to S3 itself.',
      },
      { name: 'Upload grants', description: 'Leave to begin uploads, for clients that can send no header.' },
      { name: 'Playback', description: 'What viewers see. Needs no token.' },
      { name: 'Webhooks', description: 'Signed hints of other systems.' },
      {
        name: 'Webhook endpoints',
        description: 'Where owners are told of events; `webhooks` describes each.',
      },
      { name: 'Operations', description: 'Health, metrics, jobs that failed for good.' },
    ],
  });
}
