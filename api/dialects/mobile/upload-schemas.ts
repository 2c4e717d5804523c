import { z } from '@hono/zod-openapi';
import { pageCursor, pageLimit } from '#api/openapi/paging.ts';
import { PART_SIZE_BYTES_MIN } from '#domain/upload/part-plan.ts';
import { type UploadSessionStatus, uploadSessionStates } from '#domain/upload/upload-session-states.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';
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

const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 lower-case hex digits')
  .openapi({
    description:
      'Of the content, the same on every device: a SHA-256 in hex, for instance over the size and samples of the file.',
    example: 'd2c76a3f9b1e4f60a8f1c0e57b9a4c3d2e1f00112233445566778899aabbccdd',
  });

export const StartUploadBody = z
  .strictObject({
    ...sourceMembers,
    fingerprint: fingerprint.optional(),
    maxPartSizeBytes: z.int().min(PART_SIZE_BYTES_MIN).optional().openapi({
      description:
        'The largest part that this client can hold in memory. A file that would need more than 10,000 of them gets larger ones.',
      example: 16777216,
    }),
  })
  .openapi('StartUpload');

export const ListUploadsQuery = z.strictObject({
  state: z
    .enum(['open'])
    .default('open')
    .openapi({ param: { name: 'state', in: 'query' }, description: 'Only open ones are listed.' }),
  fingerprint: fingerprint.optional().openapi({ param: { name: 'fingerprint', in: 'query' } }),
  limit: pageLimit(),
  cursor: pageCursor(),
});

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

export const StartedUpload = z
  .object({
    uploadSessionId,
    partSizeBytes,
    status: sessionStatus.openapi({ example: 'INITIATED' }),
    ...plan,
    uploadToken: z.string().nullable().openapi({
      description:
        'A bearer token for the routes of this session and nothing else, good while the session lives; with a new session only, and shown once. Null with one that is already live: another device may hold its token.',
      example: 'up_Zk3vT1m9xJr0c2Yq8uLwB5nPaDeFgHiJkMoQsRtVwXy',
    }),
    parts: z.array(SignedPartBody).openapi({
      description: 'The first parts that storage lacks, 16 at most, signed already. None while paused.',
    }),
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

export const OpenUploads = z
  .object({
    items: z.array(
      z
        .object({
          uploadSessionId,
          videoId: z.uuid(),
          title: z.string().openapi({ description: 'Of the video.', example: 'Property Tour - 12 Smith St' }),
          fileName: z.string().nullable().openapi({ example: 'tour.mp4' }),
          fingerprint: fingerprint.nullable(),
          status: sessionStatus.openapi({ example: 'PAUSED' }),
          sizeBytes: z.int().nullable().openapi({ example: 734003200 }),
          partSizeBytes,
          ...plan,
          bytesUploaded: z.int().openapi({ description: 'As of `storedAt`.', example: 15728640 }),
          storedAt: z.iso.datetime().nullable().openapi({
            description:
              'When storage was asked last: a list asks it for nothing. Read the session before you go on with it.',
            example: '2026-01-22T03:05:00.000Z',
          }),
          createdAt: z.iso.datetime().openapi({ example: '2026-01-22T03:00:00.000Z' }),
        })
        .openapi('OpenUpload'),
    ),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.', example: null }),
  })
  .openapi('OpenUploads');

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
        archives: z.boolean().openapi({ description: 'Whether a ZIP of videos is taken as well.' }),
        maxSizeBytes: z.int().openapi({ description: 'Inclusive.', example: 1610612736 }),
        uploadsPerHour: z.int().nullable().openapi({
          description: 'How many uploads an owner may begin in any hour; null for as many as they like.',
          example: 10,
        }),
        urlTtlSeconds: z.int().openapi({ example: 3600 }),
        maxDurationSeconds: z.number().openapi({ example: 43200 }),
        maxPixels: z.int().openapi({ description: 'Width times height.', example: 35389440 }),
        maxFramesPerSecond: z.number().openapi({ example: 240 }),
        transcoder: z.enum(TRANSCODER_NAMES).nullable().openapi({
          description: "Who transcodes these videos; null for the deployment's choice.",
          example: null,
        }),
      }),
    ),
  })
  .openapi('UploadPolicies');
