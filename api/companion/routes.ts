import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';

/** Placeholder of the skeleton: `/uppy/{token}/s3`. */
export function companionRoutes(_platform: Platform) {
  return new OpenAPIHono<ApiEnvironment>();
}
