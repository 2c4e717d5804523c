import { z } from '@hono/zod-openapi';
import { THROTTLE_MAX } from '#domain/operations/throttle-pipeline.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';

export const Moment = z.iso.datetime();
const MAKERS = [...TRANSCODER_NAMES, 'import'] as const;
export const Reason = z.string().trim().min(1).max(500).openapi({ example: 'Colours are wrong since 14:00' });
export const VideoId = z.uuid();

const Limit = z.int().min(1).max(THROTTLE_MAX).openapi({ example: 2 });

export const PauseBody = z.strictObject({
  reason: Reason.optional(),
  handBack: z
    .boolean()
    .default(false)
    .openapi({ description: 'Also stops what our own workers encode; it starts anew after the resume.' }),
});

export const Paused = z
  .object({
    pausedAt: Moment,
    wasPaused: z.boolean(),
    reason: z.string().nullable(),
    takenBack: z.int().openapi({ description: 'Attempts that were queued, and will not begin.' }),
    handedBack: z.array(z.uuid()).openapi({ description: 'Videos whose encodes were stopped.' }),
    stillRunning: z
      .int()
      .openapi({ description: 'Attempts at work. They may still publish; freezing stops that.' }),
    removalsUnderWay: z
      .boolean()
      .openapi({ description: 'A removal of a source that began before has not ended yet.' }),
  })
  .openapi('PipelinePaused');

export const ResumeBody = z.strictObject({ keepThrottle: z.boolean().default(false) });

export const Resumed = z
  .object({
    wasPaused: z.boolean(),
    maxOpenAttempts: z.int().nullable(),
    woken: z.int().openapi({ description: 'Jobs that had been put off and run now.' }),
  })
  .openapi('PipelineResumed');

export const ThrottleBody = z.strictObject({ maxOpenAttempts: Limit });

export const Throttled = z
  .object({ maxOpenAttempts: z.int(), takenBack: z.int(), isPaused: z.boolean() })
  .openapi('PipelineThrottled');

export const InvalidateBody = z
  .union([
    z.strictObject({ prefix: z.string().max(500) }),
    z.strictObject({ videoId: VideoId }),
    z.strictObject({ everything: z.literal(true) }),
  ])
  .openapi({ example: { videoId: '01937000-0000-7000-8000-000000000001' } });

export const Invalidated = z
  .object({
    prefix: z.string(),
    isCached: z.boolean().openapi({ description: 'False where the API itself serves viewers.' }),
    delivery: z.string(),
  })
  .openapi('CacheInvalidated');

export const Pipeline = z
  .object({
    at: Moment,
    pausedAt: Moment.nullable(),
    reason: z.string().nullable(),
    maxOpenAttempts: z.int().nullable(),
    lastOrder: z.object({ by: z.string(), at: Moment }).nullable().openapi({
      description:
        'The last pause, throttle or resume: by the subject of a token, or by user@host of a command line.',
    }),
    queue: z.array(
      z.object({
        task: z.string(),
        ready: z.int(),
        scheduled: z.int(),
        running: z.int(),
        failing: z.int(),
        failed: z.int(),
        oldestReadySeconds: z.number().nullable(),
      }),
    ),
    attempts: z.array(
      z.object({
        jobId: z.uuid(),
        videoId: VideoId,
        provider: z.enum(MAKERS),
        providerJobId: z.string().nullable(),
        state: z.enum(['QUEUED', 'RUNNING']),
        progress: z.number(),
        since: Moment,
        leaseUntil: Moment.nullable(),
      }),
    ),
    openAttempts: z.int(),
    waiting: z.array(z.object({ ownerId: z.uuid(), attempts: z.int(), oldestSeconds: z.number() })),
    waitingAttempts: z.int(),
    providers: z.array(
      z.object({
        provider: z.enum(TRANSCODER_NAMES),
        downSince: Moment.nullable(),
        blockedUntil: Moment.nullable(),
        problem: z.string().nullable(),
        detail: z.string().nullable(),
      }),
    ),
    deadLetters: z.array(
      z.object({ task: z.string(), reason: z.string(), letters: z.int(), oldestSeconds: z.number() }),
    ),
  })
  .openapi('Pipeline', {
    description: 'Lists show the first hundred rows; the numbers beside them count all.',
  });
