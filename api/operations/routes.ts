import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { idCursor, pageLimit } from '#api/openapi/paging.ts';
import { problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import type { DeadLetter } from '#domain/operations/dead-letter.entity.ts';
import { getDeadLetter } from '#domain/operations/get-dead-letter.ts';
import { listDeadLetters } from '#domain/operations/list-dead-letters.ts';
import { retryDeadLetter } from '#domain/operations/retry-dead-letter.ts';
import { orderRecord } from './order-record.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { replayRoutes } from './replay-routes.ts';
import { transcodeRoutes } from './transcode-routes.ts';

/** A reason of 500 characters in any script, or every fail reason there is. */
const BODY_MAX_BYTES = 8192;

const ADMIN = { tags: ['Operations'], security: [{ bearer: ['admin'] }] };

const Letter = z
  .object({
    id: z.uuid(),
    task: z.string().openapi({ example: 'probe-source' }),
    videoId: z.uuid().nullable(),
    reason: z.string().openapi({ example: 'STORAGE_UNAVAILABLE' }),
    detail: z.string().nullable(),
    createdAt: z.iso.datetime(),
    retriedAt: z.iso.datetime().nullable(),
  })
  .openapi('DeadLetter');

const DeadLetterList = z
  .object({ items: z.array(Letter), nextCursor: z.string().nullable() })
  .openapi('DeadLetterList');

const LetterParams = z.object({ id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }) });

const list = createRoute({
  ...ADMIN,
  method: 'get',
  path: '/api/operations/dead-letters',
  operationId: 'listDeadLetters',
  summary: 'Jobs that failed for good',
  description: 'Newest first. Needs the `admin` scope.',
  request: {
    query: z.strictObject({
      limit: pageLimit(),
      cursor: idCursor(),
      reason: z
        .string()
        .max(100)
        .optional()
        .openapi({ param: { name: 'reason', in: 'query' }, description: 'Only those that ended for this.' }),
      task: z
        .string()
        .max(100)
        .optional()
        .openapi({ param: { name: 'task', in: 'query' }, description: 'Only jobs of this name.' }),
    }),
  },
  responses: {
    200: jsonContent(DeadLetterList, 'A page.'),
    ...problems('unauthenticated', 'forbidden', 'invalid_request'),
  },
});

const read = createRoute({
  ...ADMIN,
  method: 'get',
  path: '/api/operations/dead-letters/{id}',
  operationId: 'getDeadLetter',
  summary: 'Read such a job, retried or not',
  description: 'Needs the `admin` scope.',
  request: { params: LetterParams },
  responses: {
    200: jsonContent(Letter, 'The dead letter.'),
    ...problems('unauthenticated', 'forbidden', 'not_found'),
  },
});

const retry = createRoute({
  ...ADMIN,
  method: 'post',
  path: '/api/operations/dead-letters/{id}/retry',
  operationId: 'retryDeadLetter',
  summary: 'Run such a job again',
  description: 'Needs the `admin` scope.',
  request: {
    params: LetterParams,
    headers: IdempotencyHeaders,
    body: jsonBody(z.strictObject({}), { required: false }),
  },
  responses: {
    202: { description: 'It is queued again.' },
    ...problems(
      'unauthenticated',
      'forbidden',
      'not_found',
      'malformed_json',
      'unsupported_media_type',
      'invalid_request',
      'illegal_transition',
      'source_unavailable',
      'source_archived',
      'storage_unavailable',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

/** `/api/operations`: what an operator needs when the queue gave up. */
export function operationRoutes(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  app.use('/api/operations/*', authentication(platform), orderRecord, jsonGate({ maxBytes: BODY_MAX_BYTES }));
  return app
    .openapi(list, async (c) => {
      const { cursor: before, ...rest } = c.req.valid('query');
      const page = await listDeadLetters(c.get('context'), definedMembers({ ...rest, before }));
      return c.json({ items: page.items.map(deadLetterBody), nextCursor: page.nextBefore }, 200);
    })
    .openapi(read, async (c) =>
      c.json(deadLetterBody(await getDeadLetter(c.get('context'), c.req.valid('param'))), 200),
    )
    .openapi(retry, async (c) => {
      const { id } = c.req.valid('param');
      return once(c, {
        run: async () => {
          await retryDeadLetter(c.get('context'), { id });
          return { resourceId: id, answer: c.body(null, 202) };
        },
        again: async () => c.body(null, 202),
      });
    })
    .route('/', transcodeRoutes())
    .route('/', pipelineRoutes())
    .route('/', replayRoutes());
}

function deadLetterBody(letter: DeadLetter) {
  return {
    id: letter.id,
    task: letter.task,
    videoId: letter.videoId ?? null,
    reason: letter.reason,
    detail: letter.detail ?? null,
    createdAt: letter.createdAt.toISOString(),
    retriedAt: letter.retriedAt?.toISOString() ?? null,
  };
}
