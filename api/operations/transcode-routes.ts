import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Context } from '#domain/context.ts';
import { refuseUnlessAdmin } from '#domain/operations/list-dead-letters.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { type VideoStatus, videoStates } from '#domain/video/video-states.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';

const Transcoder = z.enum(TRANSCODER_NAMES).openapi({
  description: 'Who is to do it. Left out, the upload policy and the deployment decide.',
  example: 'ffmpeg',
});

const TranscodeAgainBody = z
  .object({
    videoId: z.uuid(),
    status: z.enum(videoStates.states as [VideoStatus, ...VideoStatus[]]).openapi({
      description: 'READY stays READY: what plays goes on until the new version does.',
    }),
    transcoder: Transcoder.nullable(),
  })
  .openapi('TranscodeAgain');

const transcode = createRoute({
  tags: ['Operations'],
  security: [{ bearer: ['admin'] }],
  method: 'post',
  path: '/api/operations/videos/{id}/transcode',
  operationId: 'transcodeAgain',
  summary: 'Make another version of a video',
  description:
    'From its own source, of any owner, READY or FAILED. An archived source is asked for and the call refused; repeat it in some hours. Needs the `admin` scope.',
  request: {
    params: z.object({ id: z.uuid().openapi({ param: { name: 'id', in: 'path' } }) }),
    headers: IdempotencyHeaders,
    body: jsonBody(z.strictObject({ transcoder: Transcoder.optional() }), { required: false }),
  },
  responses: {
    202: jsonContent(TranscodeAgainBody, 'Its source is looked at, then transcoded.'),
    ...problems(
      'unauthenticated',
      'forbidden',
      'video_not_found',
      'malformed_json',
      'unsupported_media_type',
      'invalid_request',
      'transcoder_unavailable',
      'illegal_transition',
      'source_unavailable',
      'source_archived',
      'storage_unavailable',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

/** Transcoding again, for operators. Whoever mounts it has let in only those with a token. */
export function transcodeRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook }).openapi(transcode, (c) => {
    const { id: videoId } = c.req.valid('param');
    const { transcoder } = c.req.valid('json') ?? {};
    const show = ({ status }: { readonly status: VideoStatus }) =>
      c.json({ videoId, status, transcoder: transcoder ?? null }, 202);
    return once(c, {
      run: async () => ({
        resourceId: videoId,
        answer: show(await transcodeAgain(c.get('context'), { videoId, transcoder })),
      }),
      again: async () => show(await anyVideo(c.get('context'), videoId)),
    });
  });
}

/** A video of whatever owner, for operators. */
function anyVideo(context: Context, videoId: string) {
  refuseUnlessAdmin(context.actor);
  return getVideo({ ...context, actor: { kind: 'system' } }, { videoId });
}
