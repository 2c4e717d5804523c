import { z } from '@hono/zod-openapi';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import { contentType, filename } from '../file-members.ts';
import { description, metadata, title } from '../mobile/video-schemas.ts';
import { DIRECT_WORDS, type DirectWord } from './words.ts';

const EXAMPLE = {
  id: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  uploadUrl: 'https://sources.example.com/staging/0198f6a2/source.mp4?X-Amz-Signature=...',
  storageKey: 'staging/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/0198f6a2-6a2e-7a41/source.mp4',
  playbackUrl: 'https://cdn.example.com/videos/0198f6a2/hls/9f86d081884c7d65/master.m3u8',
  thumbnailUrl: 'https://cdn.example.com/videos/0198f6a2/poster/1b4f0e9851971998/poster.jpg',
  moment: '2026-01-22T03:00:00.000Z',
} as const;

const id = z.uuid().openapi({ example: EXAMPLE.id });
const moment = z.iso.datetime().openapi({ example: EXAMPLE.moment });
const status = z.enum(Object.values(DIRECT_WORDS) as [DirectWord, ...DirectWord[]]).openapi('DirectStatus');

export const DirectVideoParams = z.object({
  videoId: z.uuid().openapi({ param: { name: 'videoId', in: 'path' }, example: EXAMPLE.id }),
});

export const CreateDirectVideo = z
  .strictObject({
    title,
    filename,
    content_type: contentType,
    size_bytes: z.int().nonnegative().optional().openapi({
      description: 'Bound by the signature where it is given; else the stored object is measured.',
      example: 734003200,
    }),
    description: description.optional(),
    metadata: metadata.optional(),
  })
  .openapi('CreateDirectVideo', {
    example: { title: 'My Video', filename: 'video.mp4', content_type: 'video/mp4' },
  });

/** Another file for a video that exists; its title and the rest stay. */
export const ReopenDirectUpload = CreateDirectVideo.pick({
  filename: true,
  content_type: true,
  size_bytes: true,
}).openapi('ReopenDirectUpload', { example: { filename: 'better.mp4', content_type: 'video/mp4' } });

export const CreatedDirectVideo = z
  .object({
    video_id: id,
    upload_url: z.url().openapi({ description: 'PUT the file here.', example: EXAMPLE.uploadUrl }),
    storage_key: z.string().openapi({ example: EXAMPLE.storageKey }),
    status: status.openapi({ example: 'uploading' }),
    expires_at: moment.openapi({ description: 'The URL is good until then.' }),
    headers: z
      .record(z.string(), z.string())
      .openapi({ description: 'What the PUT has to send.', example: { 'Content-Type': 'video/mp4' } }),
  })
  .openapi('CreatedDirectVideo');

export const UploadCompleted = z
  .object({ status: z.literal('processing_queued') })
  .openapi('DirectUploadCompleted');

export const DirectVideo = z
  .object({
    id,
    title: z.string().openapi({ example: 'My Video' }),
    description: z.string().nullable().openapi({ example: null }),
    status: status.openapi({ example: 'ready' }),
    playback_url: z.url().nullable().openapi({
      description: 'The HLS master playlist. Null unless ready.',
      example: EXAMPLE.playbackUrl,
    }),
    thumbnail_url: z.url().nullable().openapi({ example: EXAMPLE.thumbnailUrl }),
    fail_reason: z.enum(FAIL_REASONS).nullable().openapi({
      description: 'Why it is errored; docs/fail-reasons.md says what to do.',
      example: null,
    }),
    progress: z.number().min(0).max(100).nullable().openapi({
      description: 'Per cent while processing, else null.',
      example: null,
    }),
    duration_seconds: z.number().nullable().openapi({ example: 62.5 }),
    width: z.int().nullable().openapi({ example: 1920 }),
    height: z.int().nullable().openapi({ example: 1080 }),
    metadata: z.record(z.string(), z.unknown()),
    created_at: moment,
    updated_at: moment,
  })
  .openapi('DirectVideo');
