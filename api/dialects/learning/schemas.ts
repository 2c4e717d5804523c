import { z } from '@hono/zod-openapi';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import { contentType, filename } from '../file-members.ts';
import { status, title } from '../mobile/video-schemas.ts';

const MEMBER_NAME_LENGTH_MAX = 100;

const EXAMPLE = {
  id: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  userId: '7b0f5f0e-3c1d-4e53-9a3f-2f6b8c1d9e00',
  presignedUrl: 'https://sources.example.com/staging/0198f6a2/source.mp4?X-Amz-Signature=...',
  key: 'staging/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/0198f6a2-6a2e-7a41/source.mp4',
  videoUrl: 'https://sources.example.com/uploads/0198f6a2/source.mp4?X-Amz-Signature=...',
  playbackUrl: 'https://cdn.example.com/videos/0198f6a2/hls/9f86d081884c7d65/master.m3u8',
  moment: '2026-01-22T04:00:00.000Z',
} as const;

const id = z.uuid().openapi({ example: EXAMPLE.id });
const userId = z.string().min(1).max(255).openapi({ example: EXAMPLE.userId });

export const LearningVideoParams = z.object({
  videoId: z.uuid().openapi({ param: { name: 'videoId', in: 'path' }, example: EXAMPLE.id }),
});

export const LearningUpload = z
  .looseObject({
    userId: userId.optional().openapi({ description: 'If it is sent it has to be the `sub` of the token.' }),
    title: title.optional().openapi({ description: 'The name of the file where it is left out.' }),
    filename,
    contentType,
  })
  .refine(
    (body) => Object.keys(body).every((name) => name !== '' && name.length <= MEMBER_NAME_LENGTH_MAX),
    `names of members have 1 to ${MEMBER_NAME_LENGTH_MAX} characters`,
  )
  .openapi('LearningUpload', {
    description: 'Members beside these are metadata: kept as they are and given back with the video.',
    example: { title: 'Lesson 1', filename: 'lesson-1.mp4', contentType: 'video/mp4', course: 'maths' },
  });

export const LearningUploadOpened = z
  .object({
    id,
    presignedUrl: z.url().openapi({ description: 'PUT the file here.', example: EXAMPLE.presignedUrl }),
    key: z.string().openapi({ example: EXAMPLE.key }),
    expiresAt: z.iso.datetime().openapi({ example: EXAMPLE.moment }),
    headers: z
      .record(z.string(), z.string())
      .openapi({ description: 'What the PUT has to send.', example: { 'Content-Type': 'video/mp4' } }),
  })
  .openapi('LearningUploadOpened');

export const LearningVideo = z
  .looseObject({
    id,
    userId,
    title: z.string().openapi({ example: 'Lesson 1' }),
    status: status.openapi({ example: 'READY' }),
    failReason: z.enum(FAIL_REASONS).nullable().openapi({ example: null }),
    videoUrl: z.url().nullable().openapi({
      description:
        'The file as it was uploaded, for its owner to save. Null until it is verified, and while it lies in an archive of the cloud.',
      example: EXAMPLE.videoUrl,
    }),
    captionUrl: z.url().nullable().openapi({ description: 'WebVTT, if there is one.', example: null }),
    playbackUrl: z.url().nullable().openapi({
      description: 'The HLS master playlist. Null unless READY.',
      example: EXAMPLE.playbackUrl,
    }),
  })
  .openapi('LearningVideo', {
    description: 'With the metadata of the upload among its members; one named like a member here is hidden.',
  });
