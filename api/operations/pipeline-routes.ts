import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { invalidateCache } from '#domain/operations/invalidate-cache.ts';
import { pausePipeline } from '#domain/operations/pause-pipeline.ts';
import { resumePipeline } from '#domain/operations/resume-pipeline.ts';
import { showPipeline } from '#domain/operations/show-pipeline.ts';
import { throttlePipeline } from '#domain/operations/throttle-pipeline.ts';
import {
  InvalidateBody,
  Invalidated,
  PauseBody,
  Paused,
  Pipeline,
  ResumeBody,
  Resumed,
  ThrottleBody,
  Throttled,
} from './pipeline-schemas.ts';
import { ADMIN, steer, steeringProblems, steeringRequest, toJson } from './steering.ts';

const PATH = '/api/operations/pipeline';

const show = createRoute({
  ...ADMIN,
  method: 'get',
  path: PATH,
  operationId: 'showPipeline',
  summary: 'How the pipeline stands',
  description:
    'Pause, queue, attempts at work and waiting, transcoders, dead letters. Needs the `admin` scope.',
  responses: { 200: jsonContent(Pipeline, 'Right now.'), ...problems('unauthenticated', 'forbidden') },
});

const pause = createRoute({
  ...ADMIN,
  method: 'post',
  path: `${PATH}/pause`,
  operationId: 'pausePipeline',
  summary: 'Stop taking videos into work',
  description:
    'No attempt begins and no source is looked at or removed until the resume; a DELETE hides its video at once and leaves the objects. What is at work goes on. Needs the `admin` scope.',
  request: steeringRequest(PauseBody, { required: false }),
  responses: { 200: jsonContent(Paused, 'It is paused.'), ...steeringProblems() },
});

const resume = createRoute({
  ...ADMIN,
  method: 'post',
  path: `${PATH}/resume`,
  operationId: 'resumePipeline',
  summary: 'Take videos into work again',
  description: 'What had been put off runs at once. Needs the `admin` scope.',
  request: steeringRequest(ResumeBody, { required: false }),
  responses: { 200: jsonContent(Resumed, 'It goes on.'), ...steeringProblems() },
});

const throttle = createRoute({
  ...ADMIN,
  method: 'post',
  path: `${PATH}/throttle`,
  operationId: 'throttlePipeline',
  summary: 'Let only so many attempts be open at once',
  description: 'In the whole deployment, until the resume. Needs the `admin` scope.',
  request: steeringRequest(ThrottleBody),
  responses: { 200: jsonContent(Throttled, 'It holds.'), ...steeringProblems() },
});

const invalidate = createRoute({
  ...ADMIN,
  method: 'post',
  path: `${PATH}/invalidate`,
  operationId: 'invalidateCache',
  summary: 'Have the CDN drop what it holds',
  description:
    'Under a prefix, of one video, or everything. It costs: all of it is fetched from storage again. Needs the `admin` scope.',
  request: steeringRequest(InvalidateBody),
  responses: {
    200: jsonContent(Invalidated, 'The CDN has it in hand.'),
    ...steeringProblems('delivery_unavailable'),
  },
});

/** `/api/operations/pipeline`: steering. Whoever mounts it has let in only those with a token. */
export function pipelineRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(show, async (c) => c.json(toJson(await showPipeline(c.get('context'))), 200))
    .openapi(pause, (c) => steer(c, () => pausePipeline(c.get('context'), c.req.valid('json') ?? {})))
    .openapi(resume, (c) => steer(c, () => resumePipeline(c.get('context'), c.req.valid('json') ?? {})))
    .openapi(throttle, (c) => steer(c, () => throttlePipeline(c.get('context'), c.req.valid('json'))))
    .openapi(invalidate, (c) => steer(c, () => invalidateCache(c.get('context'), c.req.valid('json'))));
}
