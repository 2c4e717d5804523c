import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import type { RequestMetrics } from '#api/middleware/request-metrics.ts';
import { jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import type { HealthReport, Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';

const TAGS = { tags: ['Operations'] };

const Live = z.object({ status: z.literal('ok') }).openapi('Live');
const Ready = z
  .object({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    database: z.string().openapi({ example: 'ok' }),
    storage: z.string().openapi({ example: 'ok' }),
    queue: z.string().openapi({ example: 'ok' }),
  })
  .openapi('Ready', { description: 'Each part is `ok`, or one line that says what is wrong.' });

const live = createRoute({
  ...TAGS,
  method: 'get',
  path: '/health/live',
  operationId: 'live',
  summary: 'Is this process alive',
  description: 'For load balancers. Asks nobody.',
  responses: { 200: jsonContent(Live, 'It is.') },
});

const ready = createRoute({
  ...TAGS,
  method: 'get',
  path: '/health/ready',
  operationId: 'ready',
  summary: 'Is everything behind it well',
  description: 'Fails only for the database; storage and queue are reported as degraded.',
  responses: {
    200: jsonContent(Ready, 'Requests are served, `degraded` with parts missing.'),
    503: jsonContent(Ready, 'The database is down.'),
  },
});

const metrics = createRoute({
  ...TAGS,
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  summary: 'Metrics for Prometheus',
  description:
    'For whoever reaches the process itself: what a proxy or a load balancer passed on is answered with 404.',
  responses: {
    200: { description: 'Text format.', content: { 'text/plain': { schema: z.string() } } },
    ...problems('not_found'),
  },
});

/** Every load balancer adds one of these, and a caller behind it cannot take it away. The last is App Platform's own. */
const PASSED_ON_BY = ['X-Forwarded-For', 'Forwarded', 'DO-Connecting-IP'] as const;

/** A part that hangs must not hang the answer. */
const CHECK_MAX_MS = 5000;

/** `/health/live`, `/health/ready` and `/metrics`. */
export function healthRoutes(platform: Platform, requests: RequestMetrics) {
  return new OpenAPIHono<ApiEnvironment>()
    .openapi(live, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(ready, async (c) => {
      const { health } = platform;
      const [database, storage, queue] = await Promise.all([
        check(() => health.database()),
        check(() => health.storage()),
        check(() => health.queue()),
      ]);
      c.header('Cache-Control', 'no-store');
      const parts = { database, storage, queue };
      if (database !== 'ok') return c.json({ status: 'unavailable' as const, ...parts }, 503);
      const status = storage === 'ok' && queue === 'ok' ? ('ok' as const) : ('degraded' as const);
      return c.json({ status, ...parts }, 200);
    })
    .openapi(metrics, async (c) => {
      // Each reading asks the database, and a proxy's own rule can be walked round by another spelling of the path.
      if (PASSED_ON_BY.some((name) => c.req.header(name) !== undefined))
        throw new DomainError('not_found', 'No resource has this path.');
      const text = `${await platformMetrics(c, platform)}\n${await requests.text()}`;
      return c.text(text, 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    });
}

/** Some of these are read from the database; while it is down, the others are needed most. */
async function platformMetrics(c: Context<ApiEnvironment>, platform: Platform): Promise<string> {
  try {
    return await platform.metricsText();
  } catch (error) {
    c.get('log').warn(
      { reason: error instanceof Error ? error.message : '' },
      'metrics of the queue are missing',
    );
    return '# The metrics of the queue could not be read.';
  }
}

/** `ok`, or the problem in one line. */
async function check(ask: () => Promise<HealthReport>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_MAX_MS / 1000} s`), CHECK_MAX_MS);
  });
  try {
    return await Promise.race([wordFor(ask), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

async function wordFor(ask: () => Promise<HealthReport>): Promise<string> {
  try {
    const report = await ask();
    return report.ok ? 'ok' : report.problem;
  } catch {
    // A report says what is wrong by itself; whatever is thrown instead was not written for strangers.
    return 'the check itself failed';
  }
}
