import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';

/** Placeholder of the skeleton: `/api/webhook-endpoints`. */
export function webhookEndpointRoutes(_platform: Platform) {
  return new OpenAPIHono<ApiEnvironment>();
}
