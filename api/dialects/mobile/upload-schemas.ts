import { z } from '@hono/zod-openapi';
import { type UploadSessionStatus, uploadSessionStates } from '#domain/upload/upload-session-states.ts';
import { sourceMembers } from './video-schemas.ts';

/** S3 numbers parts from 1 to 10,000 (Amazon S3 quotas). */
const PART_NUMBER_MAX = 10_000;
/** How many parts one request may sign. */
const SIGNED_AT_ONCE_MAX = 100;

const EXAMPLE_ID = '0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10';
const uploadSessionId = z.uuid().openapi({ example: EXAMPLE_ID });
const sessionStatus = z
  .enum(uploadSessionStates.states as [UploadSessionStatus, ...UploadSessionStatus[]])
  .openapi('UploadSessionStatus');
const expiresAt = z.iso.datetime().openapi({ example: '2026-01-22T03:10:00.000Z' });
const partNumber = z.int().min(1).max(PART_NUMBER_MAX).openapi({ example: 3 });
const partSizeBytes = z.int().openapi({ example: 8388608, description: 'All parts but the last have it.' });

const plan = {
  partCount: z.int().nullable().openapi({ example: 88 }),
  stored: z.string().openapi({
    description: 'Numbers of the parts that storage has, as ranges.',
    example: '1-40,42',
  }),
  expiresAt: expiresAt.openapi({ description: 'When the session ends unless it is used.' }),
};

export const UploadParams = z.object({
  uploadSessionId: uploadSessionId.openapi({ param: { name: 'uploadSessionId', in: 'path' } }),
});

/** Requests that say nothing but their address; an empty object is tolerated. */
export const EmptyBody = z.strictObject({}).openapi('Empty');

export const StartUploadBody = z.strictObject(sourceMembers).openapi('StartUpload');

export const SignPartsBody = z
  .strictObject({
    partNumber: partNumber.optional(),
    partNumbers: z.array(partNumber).min(1).max(SIGNED_AT_ONCE_MAX).optional(),
  })
  .refine((body) => (body.partNumber === undefined) !== (body.partNumbers === undefined), {
    message: 'must be given, or partNumbers instead, not both',
    path: ['partNumber'],
  })
  .openapi('SignParts', {
    description: 'One `partNumber`, answered by one part; or `partNumbers`, answered by `parts`.',
    example: { partNumber: 3 },
  });

export const CompleteBody = z
  .strictObject({
    parts: z
      .array(z.strictObject({ partNumber, etag: z.string().min(1).max(200) }))
      .min(1)
      .max(PART_NUMBER_MAX)
      .optional()
      .openapi({
        description: 'What the client believes to have sent. Checked against storage, never needed.',
      }),
  })
  .openapi('CompleteUpload', { example: { parts: [{ partNumber: 1, etag: 'etag-1' }] } });

export const StartedUpload = z
  .object({
    uploadSessionId,
    partSizeBytes,
    status: sessionStatus.openapi({ example: 'INITIATED' }),
    ...plan,
  })
  .openapi('StartedUpload');

export const UploadBody = z
  .object({
    uploadSessionId,
    status: sessionStatus.openapi({ example: 'IN_PROGRESS' }),
    bytesUploaded: z.int().openapi({ description: 'Read from storage.', example: 15728640 }),
    partSizeBytes,
    videoId: z.uuid(),
    ...plan,
  })
  .openapi('Upload');

const signedPart = {
  partNumber,
  uploadUrl: z.url().openapi({ description: 'PUT the bytes of this part here.' }),
  expiresAt,
  sizeBytes: z.int().nullable().openapi({
    description: 'The length that the URL is signed for; null where none was declared.',
    example: 8388608,
  }),
};

export const SignedPartBody = z.object(signedPart).openapi('SignedPart');
export const SignedParts = z.object({ parts: z.array(SignedPartBody) }).openapi('SignedParts');

export const UploadState = z
  .object({ uploadSessionId, status: sessionStatus.openapi({ example: 'COMPLETED' }) })
  .openapi('UploadState');

export const UploadPoliciesBody = z
  .object({
    items: z.array(
      z.object({
        name: z.string().openapi({ example: 'mobile' }),
        formats: z.array(
          z.object({
            name: z.string().openapi({ example: 'MP4' }),
            extensions: z.array(z.string()).openapi({ example: ['mp4', 'm4v'] }),
            mimeTypes: z.array(z.string()).openapi({ example: ['video/mp4'] }),
          }),
        ),
        maxSizeBytes: z.int().openapi({ description: 'Inclusive.', example: 1610612736 }),
        urlTtlSeconds: z.int().openapi({ example: 3600 }),
        maxDurationSeconds: z.number().openapi({ example: 43200 }),
        maxPixels: z.int().openapi({ description: 'Width times height.', example: 35389440 }),
        maxFramesPerSecond: z.number().openapi({ example: 240 }),
      }),
    ),
  })
  .openapi('UploadPolicies');
