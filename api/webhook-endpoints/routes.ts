import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { endpointRoutes } from './endpoint-routes.ts';

const BODY_MAX_BYTES = 16 * 1024;

/** `/api/webhook-endpoints`: where an owner is told of events, and what became of each. */
export function webhookEndpointRoutes(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>();
  app.use('/api/webhook-endpoints/*', authentication(platform), jsonGate({ maxBytes: BODY_MAX_BYTES }));
  return app.route('/', endpointRoutes()).route('/', deliveryRoutes());
}
