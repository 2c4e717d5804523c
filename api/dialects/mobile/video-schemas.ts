import { z } from '@hono/zod-openapi';
import { pageCursor, pageLimit } from '#api/openapi/paging.ts';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import { type VideoStatus, videoStates } from '#domain/video/video-states.ts';

const TITLE_LENGTH_MAX = 200;
const DESCRIPTION_LENGTH_MAX = 5000;

const EXAMPLE = {
  id: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  ownerId: '7b0f5f0e-3c1d-4e53-9a3f-2f6b8c1d9e00',
  title: 'Property Tour - 12 Smith St',
  description: 'Short tour',
  createdAt: '2026-01-22T03:00:00.000Z',
  updatedAt: '2026-01-22T03:05:00.000Z',
  streamUrl: 'https://cdn.example.com/videos/0198f6a2/hls/9f86d081884c7d65/master.m3u8',
  posterUrl: 'https://cdn.example.com/videos/0198f6a2/poster/1b4f0e9851971998/poster.jpg',
} as const;

/** Characters as people count them, which is how JSON Schema counts as well; JS counts UTF-16 units. */
function characters(text: string): number {
  return [...text].length;
}

export const title = z
  .string()
  .refine(
    (text) => text.trim() !== '' && characters(text) <= TITLE_LENGTH_MAX,
    `must have 1 to ${TITLE_LENGTH_MAX} characters, not only spaces`,
  )
  .openapi({ minLength: 1, maxLength: TITLE_LENGTH_MAX, example: EXAMPLE.title });

export const description = z
  .string()
  .refine(
    (text) => characters(text) <= DESCRIPTION_LENGTH_MAX,
    `must have at most ${DESCRIPTION_LENGTH_MAX} characters`,
  )
  .nullable()
  .openapi({ maxLength: DESCRIPTION_LENGTH_MAX, example: EXAMPLE.description });

export const metadata = z.record(z.string().min(1).max(100), z.unknown()).openapi({
  description: 'Anything of yours, kept and given back as it is.',
  example: { listing: 12 },
});

export const status = z.enum(videoStates.states as [VideoStatus, ...VideoStatus[]]).openapi('VideoStatus');
const moment = z.iso.datetime().openapi({ example: EXAMPLE.createdAt });

export const VideoParams = z.object({
  videoId: z.uuid().openapi({ param: { name: 'videoId', in: 'path' }, example: EXAMPLE.id }),
});

/** What a client declares of its file. The server holds it against storage when the upload completes. */
export const sourceMembers = {
  sourceMime: z.string().min(1).max(255).openapi({
    description: 'MIME type of the file. /api/upload-policies lists what is taken.',
    example: 'video/mp4',
  }),
  sourceSizeBytes: z.int().nonnegative().openapi({ description: 'Size of the file.', example: 734003200 }),
  fileName: z.string().min(1).max(255).optional().openapi({
    description: 'As people know the file. Its extension decides where `sourceMime` says nothing.',
    example: 'tour.mp4',
  }),
};

export const CreateVideoBody = z
  .strictObject({
    title,
    description: description.optional(),
    ...sourceMembers,
    playbackPolicy: z.string().max(64).optional().openapi({ description: 'Only `public` exists yet.' }),
    metadata: metadata.optional(),
    policy: z.string().min(1).max(64).optional().openapi({
      description:
        'Another upload policy than `mobile`, by its name in /api/upload-policies. Needs the scope `uploads:<policy>` or `admin`.',
      example: 'mobile',
    }),
  })
  .openapi('CreateVideo');

export const UpdateVideoBody = z
  .strictObject({ title: title.optional(), description: description.optional() })
  .refine((body) => Object.keys(body).length > 0, 'must name what changes')
  .openapi('UpdateVideo', { minProperties: 1 });

export const ListVideosQuery = z.strictObject({
  limit: pageLimit(),
  cursor: pageCursor(),
  status: status.optional().openapi({ param: { name: 'status', in: 'query' } }),
});

/** Members that came after the first version of the contract; every reading answer has them. */
const facts = {
  posterUrl: z.url().nullable().openapi({ description: 'A still.', example: EXAMPLE.posterUrl }),
  progress: z.number().min(0).max(100).nullable().openapi({
    description: 'Per cent while TRANSCODING, else null.',
    example: null,
  }),
  durationSeconds: z.number().nullable().openapi({ example: 62.5 }),
  width: z.int().nullable().openapi({ example: 1920 }),
  height: z.int().nullable().openapi({ example: 1080 }),
};

const written = {
  id: z.uuid().openapi({ example: EXAMPLE.id }),
  title: z.string().openapi({ example: EXAMPLE.title }),
  description: z.string().nullable().openapi({ example: EXAMPLE.description }),
};

export const CreatedVideo = z
  .object({
    ...written,
    ownerId: z.uuid().openapi({ example: EXAMPLE.ownerId }),
    source: z.object({
      mime: z.string().nullable().openapi({ example: 'video/mp4' }),
      sizeBytes: z.int().nullable().openapi({ example: 734003200 }),
    }),
    status: status.openapi({ example: 'DRAFT' }),
    metadata: z.record(z.string(), z.unknown()),
    createdAt: moment,
    updatedAt: moment,
  })
  .openapi('CreatedVideo');

export const VideoBody = z
  .object({
    ...written,
    ownerId: z.uuid().openapi({ example: EXAMPLE.ownerId }),
    status: status.openapi({ example: 'READY' }),
    failReason: z.enum(FAIL_REASONS).nullable().openapi({ example: null }),
    playback: z.object({
      ready: z.boolean().openapi({ example: true }),
      streamUrl: z.url().nullable().openapi({
        description: 'The HLS master playlist. Null unless READY.',
        example: EXAMPLE.streamUrl,
      }),
    }),
    ...facts,
    metadata: z.record(z.string(), z.unknown()),
    createdAt: moment,
    updatedAt: moment,
  })
  .openapi('Video');

export const VideoList = z
  .object({
    items: z.array(
      z
        .object({
          ...written,
          status: status.openapi({ example: 'READY' }),
          ...facts,
          createdAt: moment,
          updatedAt: moment,
        })
        .openapi('VideoListItem'),
    ),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.', example: null }),
  })
  .openapi('VideoList');

export const UpdatedVideo = z
  .object({ ...written, status: status.openapi({ example: 'READY' }), updatedAt: moment })
  .openapi('UpdatedVideo');
