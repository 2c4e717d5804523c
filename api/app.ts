import { OpenAPIHono } from '@hono/zod-openapi';
import type { Platform } from '#bootstrap/platform.ts';
import { companionRoutes } from './companion/routes.ts';
import { adminDialect } from './dialects/admin/routes.ts';
import { directDialect } from './dialects/direct/routes.ts';
import { learningDialect } from './dialects/learning/routes.ts';
import { mobileDialect } from './dialects/mobile/routes.ts';
import { processorDialect } from './dialects/processor/routes.ts';
import { signerDialect } from './dialects/signer/routes.ts';
import type { ApiEnvironment } from './environment.ts';
import { healthRoutes } from './health/routes.ts';
import { mediaRoutes } from './media/routes.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { methodGate } from './middleware/method-gate.ts';
import { requestContext } from './middleware/request-context.ts';
import { requestMetrics } from './middleware/request-metrics.ts';
import { requestRecord } from './middleware/request-record.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { urlGate } from './middleware/url-gate.ts';
import { openApiDocument } from './openapi/document.ts';
import { documentationRoutes } from './openapi/routes.ts';
import { operationRoutes } from './operations/routes.ts';
import { pageRoutes } from './pages/routes.ts';
import { playlistRoutes } from './playlists/routes.ts';
import { answerError, answerNotFound } from './problems/answer-error.ts';
import { countRefusedTransition } from './problems/count-refused-transition.ts';
import { type RouteTable, routeTable } from './route-table.ts';
import { tusRoutes } from './tus/routes.ts';
import { watchRoutes } from './watch/routes.ts';
import { webhookEndpointRoutes } from './webhook-endpoints/routes.ts';
import { providerRoutes } from './webhooks/provider-routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';
import { storageEventRoutes } from './webhooks/storage-routes.ts';

/** The whole HTTP side over a platform. Never listens: `serveApi` does, and tests call `app.request()`. */
export function createApi(platform: Platform): OpenAPIHono<ApiEnvironment> {
  const { CORS_ORIGINS, DELIVERY, PUBLIC_URL } = platform.config;
  const app = new OpenAPIHono<ApiEnvironment>();
  const metrics = requestMetrics();
  let table: RouteTable | undefined;
  let document: object | undefined;

  app.onError((error, c) => {
    countRefusedTransition(platform.metrics, error);
    return answerError(error, c);
  });
  app.notFound(answerNotFound);
  app.use(requestContext(platform.log));
  app.use(requestRecord(metrics));
  app.use(securityHeaders(PUBLIC_URL));
  app.use(crossOrigin(CORS_ORIGINS));
  app.use(urlGate);
  app.use(methodGate(() => (table ??= routeTable(app.routes))));

  // Before the reference contract, whose paths they share: a video as the body of POST /api/videos, and a path of its own.
  app.route('/', processorDialect(platform));
  app.route('/', adminDialect(platform));
  app.route('/', mobileDialect(platform));
  app.route('/', directDialect(platform));
  app.route('/', learningDialect(platform));
  app.route('/', signerDialect(platform));
  app.route('/', tusRoutes(platform));
  app.route('/', companionRoutes(platform));
  app.route('/', playlistRoutes(platform));
  app.route('/', webhookEndpointRoutes(platform));
  app.route('/', storageEventRoutes(platform));
  app.route('/', providerRoutes(platform));
  app.route('/', webhookRoutes(platform));
  app.route('/', operationRoutes(platform));
  app.route('/', healthRoutes(platform, metrics));
  app.route('/', watchRoutes(platform));
  if (DELIVERY === 'local') app.route('/', mediaRoutes(platform));
  app.route(
    '/',
    documentationRoutes(() => (document ??= openApiDocument(app, PUBLIC_URL))),
  );
  app.route('/', pageRoutes());
  return app;
}
