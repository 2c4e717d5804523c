import { z } from '@hono/zod-openapi';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import { description, title } from '../mobile/video-schemas.ts';
import { PROCESSOR_WORDS, type ProcessorWord } from './words.ts';

const EXAMPLE = {
  id: '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5',
  manifestUrl: 'https://cdn.example.com/videos/0198f6a2/hls/9f86d081884c7d65/master.m3u8',
  playlistUrl: 'https://cdn.example.com/videos/0198f6a2/hls/9f86d081884c7d65/720p/playlist.m3u8',
  posterUrl: 'https://cdn.example.com/videos/0198f6a2/poster/1b4f0e9851971998/poster.jpg',
  moment: '2026-01-22T03:00:00.000Z',
} as const;

const moment = z.iso.datetime().openapi({ example: EXAMPLE.moment });
const words = [...new Set(Object.values(PROCESSOR_WORDS))] as [ProcessorWord, ...ProcessorWord[]];

/** What may be said of a video that comes as a body: in the query, or as text fields of a form. */
export const VideoWords = z.strictObject({ title: title.optional(), description: description.optional() });

const Rendition = z
  .object({
    quality: z.string().openapi({ example: '720p' }),
    width: z.int().nullable().openapi({ example: 1280 }),
    height: z.int().nullable().openapi({ example: 720 }),
    playlistUrl: z.url().nullable().openapi({ example: EXAMPLE.playlistUrl }),
    url: z
      .url()
      .nullable()
      .openapi({ description: 'An MP4 of this quality, where the deployment makes them.' }),
  })
  .openapi('ProcessorRendition');

export const ProcessorJob = z
  .object({
    jobId: z.uuid().openapi({ example: EXAMPLE.id }),
    status: z.enum(words).openapi('ProcessorStatus').openapi({ example: 'ready' }),
    title: z.string().openapi({ example: 'Property Tour' }),
    description: z.string().nullable().openapi({ example: null }),
    manifestUrl: z.url().nullable().openapi({
      description:
        'The HLS master playlist. Null unless ready. `/media/{jobId}/master.m3u8` leads to it as well.',
      example: EXAMPLE.manifestUrl,
    }),
    renditions: z.array(Rendition).openapi({ description: 'The largest first; empty unless ready.' }),
    posterUrl: z.url().nullable().openapi({ example: EXAMPLE.posterUrl }),
    progress: z.number().min(0).max(100).nullable().openapi({
      description: 'Per cent while processing, else null.',
      example: null,
    }),
    error: z.enum(FAIL_REASONS).nullable().openapi({
      description: 'Why it failed; docs/fail-reasons.md says what to do.',
      example: null,
    }),
    durationSeconds: z.number().nullable().openapi({ example: 62.5 }),
    width: z.int().nullable().openapi({ example: 1920 }),
    height: z.int().nullable().openapi({ example: 1080 }),
    createdAt: moment,
    updatedAt: moment,
  })
  .openapi('ProcessorJob');

/**
 * Bodies that `POST /api/videos` takes beside JSON. Plain OpenAPI and no zod: nothing may read them before we do.
 */
const FILE_BODIES = {
  'video/*': {
    schema: {
      type: 'string' as const,
      format: 'binary',
      description: 'The file itself. `title` and `description` go in the query.',
    },
  },
  'multipart/form-data': {
    schema: {
      type: 'object' as const,
      required: ['file'],
      properties: {
        title: { type: 'string' as const, description: 'The name of the file where it is left out.' },
        description: { type: 'string' as const },
        file: {
          type: 'string' as const,
          format: 'binary',
          description: 'The first file of the form, by any name.',
        },
      },
    },
  },
};

/** The query beside a body that is the file. Plain OpenAPI likewise: beside JSON there is no query to be judged. */
export const FILE_WORDS = (['title', 'description'] as const).map((name) => ({
  name,
  in: 'query' as const,
  description: 'Only where the body is the file itself.',
  schema: { type: 'string' as const },
}));

/** Describes a JSON body with those beside it. Its type stays that of JSON: no others get to the handler. */
export function orFileBody<B extends { content: object }>(json: B): B {
  const body: B = { ...json };
  body.content = { ...json.content, ...FILE_BODIES };
  return body;
}
