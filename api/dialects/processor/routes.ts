import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';

/** Placeholder of the skeleton: `POST /api/videos` with a video as its body. */
export function processorDialect(_platform: Platform) {
  return new OpenAPIHono<ApiEnvironment>();
}
