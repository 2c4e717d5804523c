import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { sizeGate } from '#api/middleware/json-gate.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { receiveProviderNotification } from '#domain/transcode/receive-provider-notification.ts';
import { coconutRoute, mediaConvertRoute } from './provider-descriptions.ts';

/** Both providers send some kilobytes; a job of many outputs, with what was found in its input, tens of them. */
const BODY_MAX_BYTES = 1024 ** 2;

const ROUTES = [
  { provider: 'coconut', path: '/webhooks/coconut', route: coconutRoute },
  { provider: 'mediaconvert', path: '/webhooks/mediaconvert', route: mediaConvertRoute },
] as const;

/**
 * `/webhooks/{provider}`: what transcoders that work elsewhere tell of their jobs. The adapter proves who sent a request
 * before anybody reads its body, so nothing here looks into it; a content type is taken as it comes.
 */
export function providerRoutes(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>();
  const secured = app.openAPIRegistry;
  secured.registerComponent('securitySchemes', 'coconutSecret', {
    type: 'apiKey',
    in: 'query',
    name: 'secret',
    description:
      'Of one job; stands in the notification URL that only this job was given, beside `submission`.',
  });
  secured.registerComponent('securitySchemes', 'mediaConvertSecret', {
    type: 'apiKey',
    in: 'header',
    name: 'x-sluice-secret',
    description: '`MEDIACONVERT_WEBHOOK_SECRET`, sent by the connection of the EventBridge API destination.',
  });
  for (const { provider, path, route } of ROUTES) {
    secured.registerPath(route);
    app.post(path, sizeGate(BODY_MAX_BYTES), async (c) => {
      const context = platform.context({ kind: 'system' }, c.get('log'));
      await receiveProviderNotification(context, {
        provider,
        request: { url: new URL(c.req.url), headers: c.req.raw.headers, rawBody: await c.req.text() },
      });
      return c.body(null, 204);
    });
  }
  return app;
}
