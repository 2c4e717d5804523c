import { z } from '@hono/zod-openapi';
import { filename } from '../file-members.ts';
import { title } from '../mobile/video-schemas.ts';

const EXAMPLE = {
  signedUrl: 'https://sources.example.com/archives/0198f6a2/archive.zip?X-Amz-Signature=...',
  playlistId: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  key: 'archives/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/archive.zip',
  moment: '2026-01-22T15:00:00.000Z',
} as const;

export const SignedUrlRequest = z
  .strictObject({
    file_name: filename.openapi({
      description:
        'A video, or a ZIP of videos. The same name again, while it is uploading, signs the same key.',
      example: 'course.zip',
    }),
    content_type: z
      .string()
      .max(255)
      .regex(/^[\x20-\x7e]*$/, 'must be a MIME type')
      .optional()
      .openapi({
        description: 'Bound by the signature where it is given; else the extension decides.',
        example: 'application/zip',
      }),
    size_bytes: z.int().nonnegative().optional().openapi({
      description: 'Bound by the signature where it is given; else the stored object is measured.',
      example: 734003200,
    }),
    title: title.optional().openapi({ description: 'Of the playlist; of the video where it is one file.' }),
  })
  .openapi('SignedUrlRequest');

export const SignedUrl = z
  .object({
    signed_url: z.url().openapi({ description: 'PUT the whole file here.', example: EXAMPLE.signedUrl }),
    playlist_id: z.uuid().openapi({ example: EXAMPLE.playlistId }),
    video_id: z.uuid().nullable().openapi({ description: 'Null for a ZIP.', example: null }),
    key: z.string().openapi({ example: EXAMPLE.key }),
    expires_at: z.iso
      .datetime()
      .openapi({ description: 'The URL is good until then.', example: EXAMPLE.moment }),
    headers: z
      .record(z.string(), z.string())
      .openapi({ description: 'What the PUT has to send.', example: { 'Content-Type': 'application/zip' } }),
  })
  .openapi('SignedUrl');
