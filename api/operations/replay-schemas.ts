import { z } from '@hono/zod-openapi';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import { REPLAYS_PER_MINUTE } from '#domain/operations/replay-videos.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';
import { Moment, Reason, VideoId } from './pipeline-schemas.ts';

const BATCH_MAX = 100;
const Batch = z.int().min(1).max(BATCH_MAX).default(BATCH_MAX);
const PerMinute = z
  .int()
  .min(1)
  .max(REPLAYS_PER_MINUTE.max)
  .default(REPLAYS_PER_MINUTE.default)
  .openapi({ description: 'How many begin in a minute, behind what an earlier call has queued.' });

export const FreezeBody = z.strictObject({
  olderThanSeconds: z
    .int()
    .min(0)
    .max(365 * 86_400)
    .openapi({ description: 'At work for longer than this.', example: 1800 }),
  provider: z.enum(TRANSCODER_NAMES).optional(),
  includeWaiting: z.boolean().default(false),
  includeReady: z.boolean().default(false),
  reason: Reason.optional(),
  limit: Batch,
  after: VideoId.optional().openapi({ description: '`nextAfter` of the call before.' }),
});

export const Frozen = z
  .object({
    frozen: z.array(
      z.object({
        videoId: VideoId,
        jobId: z.uuid().nullable(),
        provider: z.enum([...TRANSCODER_NAMES, 'import']).nullable(),
        status: z.enum(['FAILED', 'READY']),
        runsElsewhere: z
          .boolean()
          .openapi({ description: 'A provider could not be asked to cancel it; that is tried again.' }),
      }),
    ),
    movedOn: z.array(VideoId),
    nextAfter: VideoId.nullable(),
  })
  .openapi('VideosFrozen');

export const ReplayBody = z.strictObject({
  reasons: z.array(z.enum(FAIL_REASONS)).min(1).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: Batch,
  after: VideoId.optional().openapi({ description: '`nextAfter` of the call before.' }),
  perMinute: PerMinute,
  dryRun: z.boolean().default(false),
});

export const Replayed = z
  .object({
    videos: z.array(
      z.object({
        videoId: VideoId,
        failReason: z.enum(FAIL_REASONS),
        outcome: z.enum([
          'queued',
          'source_at_fault',
          'source_gone',
          'source_archived',
          'in_work',
          'video_gone',
          'storage_unavailable',
        ]),
        runAt: Moment.nullable(),
        detail: z.string().nullable(),
      }),
    ),
    nextAfter: VideoId.nullable(),
    problem: z.string().nullable(),
  })
  .openapi('VideosReplayed');

export const RetryLettersBody = z.strictObject({
  reason: z.string().min(1).max(100),
  task: z.string().max(100).optional(),
  limit: Batch,
  before: z.uuid().optional().openapi({ description: '`nextBefore` of the call before.' }),
  perMinute: PerMinute,
});

export const RetriedLetters = z
  .object({
    letters: z.array(
      z.object({
        id: z.uuid(),
        task: z.string(),
        videoId: VideoId.nullable(),
        runAt: Moment.nullable(),
        refused: z.string().nullable(),
      }),
    ),
    nextBefore: z.uuid().nullable(),
    problem: z.string().nullable(),
  })
  .openapi('DeadLettersRetried');
