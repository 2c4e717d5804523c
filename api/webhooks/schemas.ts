import { z } from '@hono/zod-openapi';

/** Bits per second; what the column holds. An event that cannot be stored would be applied again and again. */
const BANDWIDTH_MAX = 2 ** 31 - 1;

/** Members that nobody here knows are let through: senders are other people's software. */
export const UploadEventBody = z
  .looseObject({
    uploadSessionId: z.uuid(),
    videoId: z.uuid(),
    status: z.literal('COMPLETED').optional(),
    sourceFileKey: z.string().max(1024).optional(),
    sourceSizeBytes: z.int().nonnegative().optional(),
    sourceMime: z.string().max(255).optional(),
  })
  .openapi('UploadEvent', {
    description: 'A hint that all parts are stored. What counts is what storage has.',
    example: {
      uploadSessionId: '0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10',
      videoId: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
      status: 'COMPLETED',
      sourceFileKey: 'uploads/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/source.mp4',
      sourceSizeBytes: 734003200,
      sourceMime: 'video/mp4',
    },
  });

const TranscodeAsset = z.looseObject({
  type: z.string().min(1).max(64),
  quality: z.string().max(64).optional(),
  bandwidth: z.int().nonnegative().max(BANDWIDTH_MAX).optional(),
  fileKey: z.string().min(1).max(1024),
});

export const TranscodeEventBody = z
  .looseObject({
    videoId: z.uuid(),
    jobId: z.uuid().optional(),
    status: z.enum(['READY', 'FAILED']),
    durationSeconds: z.number().nonnegative().optional(),
    width: z.int().positive().optional(),
    height: z.int().positive().optional(),
    assets: z.array(TranscodeAsset).max(1000).optional(),
    failReason: z.string().max(200).optional(),
  })
  .openapi('TranscodeEvent', {
    description: 'A hint that a transcode ended. READY counts when the outputs are found in storage.',
    example: {
      videoId: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
      status: 'READY',
      durationSeconds: 62.5,
      width: 1920,
      height: 1080,
      assets: [
        { type: 'HLS_MASTER', fileKey: 'videos/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5/hls/v1/master.m3u8' },
      ],
    },
  });
