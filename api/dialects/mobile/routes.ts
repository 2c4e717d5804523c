import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication, type UploadTokenRoutes } from '#api/middleware/authentication.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { costRoutes } from './cost-routes.ts';
import { uploadPolicies } from './present.ts';
import { sessionRoutes } from './session-routes.ts';
import { uploadRoutes } from './upload-routes.ts';
import { UploadPoliciesBody } from './upload-schemas.ts';
import { videoRoutes } from './video-routes.ts';

const BODY_MAX_BYTES = 64 * 1024;
/** A list of 10,000 parts with their ETags. */
const COMPLETE_BODY_MAX_BYTES = 1024 * 1024;

/** What the holder of an upload token may do: all that one upload needs, and nothing of its video or of others (R16). */
const UPLOAD_TOKEN_ROUTES: UploadTokenRoutes = {
  'GET /api/uploads/{uploadSessionId}': 'live or completed',
  'POST /api/uploads/{uploadSessionId}/parts': 'live',
  'POST /api/uploads/{uploadSessionId}/complete': 'live or completed',
  'POST /api/uploads/{uploadSessionId}/pause': 'live',
  'POST /api/uploads/{uploadSessionId}/resume': 'live',
  'POST /api/uploads/{uploadSessionId}/cancel': 'live',
};

const policies = createRoute({
  method: 'get',
  path: '/api/upload-policies',
  operationId: 'getUploadPolicies',
  tags: ['Uploads'],
  summary: 'What may be uploaded',
  description: 'Formats and limits, for clients that check before they send. Needs no token.',
  responses: { 200: jsonContent(UploadPoliciesBody, 'All policies.'), ...problems() },
});

/** The reference contract: `/api/videos` and `/api/uploads`. */
export function mobileDialect(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>();
  const authenticate = authentication(platform, UPLOAD_TOKEN_ROUTES);
  const json = jsonGate({
    maxBytes: BODY_MAX_BYTES,
    maxBytesByRoute: { '/api/uploads/{uploadSessionId}/complete': COMPLETE_BODY_MAX_BYTES },
  });
  app.use('/api/videos/*', authenticate, json);
  app.use('/api/uploads/*', authenticate, json);
  app.openapi(policies, (c) => {
    const { settings } = platform.context({ kind: 'system' }, c.get('log'));
    return c.json(uploadPolicies(settings.policies), 200);
  });
  return app
    .route('/', videoRoutes())
    .route('/', costRoutes())
    .route('/', sessionRoutes())
    .route('/', uploadRoutes());
}
