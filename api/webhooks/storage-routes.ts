import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';

/** Placeholder of the skeleton: `/webhooks/storage`. */
export function storageEventRoutes(_platform: Platform) {
  return new OpenAPIHono<ApiEnvironment>();
}
