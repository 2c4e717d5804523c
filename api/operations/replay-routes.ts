import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonContent } from '#api/openapi/contents.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { freezeVideos } from '#domain/operations/freeze-videos.ts';
import { replayVideos } from '#domain/operations/replay-videos.ts';
import { retryDeadLetters } from '#domain/operations/retry-dead-letters.ts';
import {
  FreezeBody,
  Frozen,
  ReplayBody,
  Replayed,
  RetriedLetters,
  RetryLettersBody,
} from './replay-schemas.ts';
import { ADMIN, steer, steeringProblems, steeringRequest } from './steering.ts';

const freeze = createRoute({
  ...ADMIN,
  method: 'post',
  path: '/api/operations/pipeline/freeze',
  operationId: 'freezeVideos',
  summary: 'End what has been at work for too long',
  description:
    'TRANSCODING becomes FAILED with ROLLBACK; whatever is made of it is published no more. READY stays READY. A batch; go on with `nextAfter`. Needs the `admin` scope.',
  request: steeringRequest(FreezeBody),
  responses: { 200: jsonContent(Frozen, 'What was frozen.'), ...steeringProblems() },
});

const replay = createRoute({
  ...ADMIN,
  method: 'post',
  path: '/api/operations/pipeline/replay',
  operationId: 'replayVideos',
  summary: 'Transcode failed videos again',
  description:
    'Those whose source storage still has, each once, so many a minute and behind fresh uploads. A batch; go on with `nextAfter`. Needs the `admin` scope.',
  request: steeringRequest(ReplayBody, { required: false }),
  responses: { 200: jsonContent(Replayed, 'What became of each.'), ...steeringProblems() },
});

const retryAll = createRoute({
  ...ADMIN,
  method: 'post',
  path: '/api/operations/dead-letters/retry',
  operationId: 'retryDeadLetters',
  summary: 'Run the dead letters of one reason again',
  description:
    'The newest first, so many a minute. A batch; go on with `nextBefore`. Needs the `admin` scope.',
  request: steeringRequest(RetryLettersBody),
  responses: { 200: jsonContent(RetriedLetters, 'What became of each.'), ...steeringProblems() },
});

/** What ends and begins videos by the hundred. Whoever mounts it has let in only those with a token. */
export function replayRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(freeze, (c) => steer(c, () => freezeVideos(c.get('context'), c.req.valid('json'))))
    .openapi(replay, (c) => {
      const { since, ...rest } = c.req.valid('json') ?? ReplayBody.parse({});
      return steer(c, () =>
        replayVideos(c.get('context'), { ...rest, since: since ? new Date(since) : undefined }),
      );
    })
    .openapi(retryAll, (c) => steer(c, () => retryDeadLetters(c.get('context'), c.req.valid('json'))));
}
