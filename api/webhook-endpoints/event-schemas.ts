import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import type { MessageType } from '#domain/notifications/event-types.ts';
import { type VideoStatus, videoStates } from '#domain/video/video-states.ts';

const moment = z.iso.datetime().openapi({ example: '2026-01-22T03:00:00.000Z' });

/** What events tell of a video. */
const video = {
  id: z.uuid(),
  title: z.string(),
  failReason: z.enum(FAIL_REASONS).nullable(),
  version: z.string().nullable().openapi({ description: 'The version in `streamUrl`.' }),
  streamUrl: z.url().nullable().openapi({ description: 'The HLS master playlist of that version.' }),
  posterUrl: z.url().nullable(),
  durationSeconds: z.number().nullable(),
  metadata: z
    .record(z.string(), z.unknown())
    .nullable()
    .openapi({ description: 'As its owner gave it; null where it has more than 8 KiB: read the video.' }),
  createdAt: moment,
};

const anyStatus = z.enum(videoStates.states as [VideoStatus, ...VideoStatus[]]);

/** `data` of each type. client/webhook-events.ts has the same as types. */
export const EVENT_DATA = {
  'video.upload.completed': z.object({
    ...video,
    status: anyStatus.openapi({ description: 'UPLOADED, or READY where the file becomes the next version.' }),
  }),
  'video.asset.ready': z.object({ ...video, status: z.literal('READY') }),
  'video.asset.errored': z.object({ ...video, status: z.literal('FAILED') }),
  'playlist.ended': z.object({
    playlistId: z.uuid(),
    title: z.string(),
    videos: z.array(
      z.object({
        id: z.uuid().nullable().openapi({ description: 'Null for an entry that never became a video.' }),
        title: z.string(),
        status: z.enum(['READY', 'FAILED']),
        streamUrl: z.url().nullable(),
        durationSeconds: z.number().nullable(),
        failReason: z.enum(FAIL_REASONS).nullable(),
      }),
    ),
  }),
  'endpoint.test': z.object({ endpointId: z.uuid() }),
} as const satisfies Record<MessageType, z.ZodObject>;

const SUMMARIES: Record<MessageType, string> = {
  'video.upload.completed': 'The file is whole in storage',
  'video.asset.ready': 'A version can be played',
  'video.asset.errored': 'The video is FAILED',
  'playlist.ended': 'Every entry of a playlist is READY or FAILED',
  'endpoint.test': 'Somebody tries the endpoint',
};

/** The body of an event of this type, as receivers may check it. */
export function eventSchema(type: MessageType) {
  return z
    .object({ type: z.literal(type), timestamp: moment, data: EVENT_DATA[type] })
    .openapi(`Event_${type.replaceAll('.', '_')}`);
}

/** Adds every event to the `webhooks` of the OpenAPI description. */
export function describeEvents(registry: OpenAPIHono<ApiEnvironment>['openAPIRegistry']): void {
  for (const type of Object.keys(EVENT_DATA) as MessageType[])
    registry.registerWebhook({
      method: 'post',
      path: type,
      tags: ['Webhook endpoints'],
      summary: SUMMARIES[type],
      description: 'Signed by Standard Webhooks 1.0 with the secret of the endpoint.',
      security: [{ webhookSignature: [] }],
      request: { body: { required: true, content: { 'application/json': { schema: eventSchema(type) } } } },
      responses: { '2XX': { description: 'Taken. Anything else is tried again.' } },
    });
}
