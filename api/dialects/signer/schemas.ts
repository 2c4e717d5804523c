import { z } from '@hono/zod-openapi';
import { SET_FILES_MAX } from '#domain/upload/set-files.ts';
import { contentType } from '../file-members.ts';

/** S3 takes keys of 1,024 bytes, of which ours need less than half. */
const PATH_LENGTH_MAX = 512;

const EXAMPLE = {
  videoId: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  path: 'holiday/720p/seg-1.m4s',
  key: 'staging/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10/set/720p/seg-1.m4s',
  uploadUrl: 'https://sources.example.com/staging/0198f6a2/set/720p/seg-1.m4s?X-Amz-Signature=...',
  publicUrl: 'https://video.example.com/media/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/720p/seg-1.m4s',
  moment: '2026-01-22T03:15:00.000Z',
} as const;

const path = z.string().min(1).max(PATH_LENGTH_MAX);

export const SignFilesBody = z
  .strictObject({
    files: z
      .array(
        z.strictObject({
          path: path.openapi({
            description:
              'Relative. HLS files are told by their extension; folders above the master playlist mean nothing.',
            example: EXAMPLE.path,
          }),
          contentType,
          size: z.int().nonnegative().optional().openapi({
            description:
              'Bytes. Bound by the signature where it is given; else the stored object is measured.',
            example: 734003,
          }),
        }),
      )
      .min(1)
      .openapi({ description: `At most ${SET_FILES_MAX}.` }),
    videoId: z.uuid().optional().openapi({
      description:
        'A video of yours that the HLS set becomes the next version of. While its set is still coming in, the same files, or some of them, are signed again.',
      example: EXAMPLE.videoId,
    }),
  })
  .openapi('SignFiles', {
    example: {
      files: [
        { path: 'holiday/master.m3u8', contentType: 'application/vnd.apple.mpegurl', size: 421 },
        { path: 'holiday/720p/playlist.m3u8', contentType: 'application/vnd.apple.mpegurl' },
        { path: 'holiday/720p/init.mp4', contentType: 'video/mp4' },
        { path: 'holiday/720p/seg-1.m4s', contentType: 'video/iso.segment' },
      ],
    },
  });

export const SignedFilesBody = z
  .object({
    uploads: z.array(
      z.object({
        path: z.string().openapi({ example: EXAMPLE.path }),
        videoId: z.uuid().openapi({
          description: 'The HLS files of a request share one.',
          example: EXAMPLE.videoId,
        }),
        uploadUrl: z.url().openapi({
          description: 'PUT the file here, with the `Content-Type` of the request.',
          example: EXAMPLE.uploadUrl,
        }),
        key: z.string().openapi({
          description: 'Where the URL writes to. Nothing is played from there.',
          example: EXAMPLE.key,
        }),
        publicUrl: z.url().openapi({
          description:
            'Where it can be played once the video is READY; always leads to the current version. Of a video file it is the master playlist that is made of it.',
          example: EXAMPLE.publicUrl,
        }),
        expiresAt: z.iso
          .datetime()
          .openapi({ description: '`uploadUrl` is good until then.', example: EXAMPLE.moment }),
        uploadSessionId: z
          .uuid()
          .openapi({ description: 'For `/api/uploads/{uploadSessionId}`: how far it is, or to cancel it.' }),
      }),
    ),
  })
  .openapi('SignedFiles');
