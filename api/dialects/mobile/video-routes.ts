import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { IfMatchHeaders } from '#api/openapi/if-match.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { currentAssets } from '#domain/playback/current-assets.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { listVideos } from '#domain/video/list-videos.ts';
import { restoreVideo } from '#domain/video/restore-video.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { updateVideo } from '#domain/video/update-video.ts';
import type { VideoView } from '#domain/video/video-view.ts';
import { processorJob } from '../processor/present.ts';
import { FILE_WORDS, orFileBody, ProcessorJob } from '../processor/schemas.ts';
import { createdVideo, updatedVideo, videoBody, videoList } from './present.ts';
import { EmptyBody } from './upload-schemas.ts';
import {
  CreatedVideo,
  CreateVideoBody,
  ListVideosQuery,
  UpdatedVideo,
  UpdateVideoBody,
  VideoBody,
  VideoList,
  VideoParams,
} from './video-schemas.ts';

const OWNERS = { tags: ['Videos'], security: [{ bearer: [] }] };
const NOT_THERE = ['unauthenticated', 'video_not_found'] as const;

const create = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/videos',
  operationId: 'createVideo',
  summary: 'Create a video',
  description:
    'Makes a DRAFT and checks what is declared of the file. The file comes by an upload session; or it is the body itself, or a file of a form, and is transcoded at once.',
  parameters: FILE_WORDS,
  request: { headers: IdempotencyHeaders, body: orFileBody(jsonBody(CreateVideoBody)) },
  responses: {
    201: jsonContent(CreatedVideo, 'Created.', 'Location', 'ETag'),
    202: jsonContent(ProcessorJob, 'The file that came as the body is stored.', 'Location'),
    ...problems(
      'unauthenticated',
      ...BODY_PROBLEMS,
      'unsupported_format',
      'file_too_large',
      'empty_file',
      'rate_limited',
      'storage_unavailable',
      'policy_unsupported',
      'policy_unknown',
      'forbidden',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

const list = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/videos',
  operationId: 'listVideos',
  summary: 'List your videos',
  description: 'Newest first. Pass `nextCursor` on as `cursor` until it is null.',
  request: { query: ListVideosQuery },
  responses: {
    200: jsonContent(VideoList, 'A page.'),
    ...problems('unauthenticated', 'invalid_request', 'invalid_cursor'),
  },
});

const read = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/videos/{videoId}',
  operationId: 'getVideo',
  summary: 'Read a video',
  description: '`ETag` covers title and description only, for If-Match; progress moves under the same ETag.',
  request: { params: VideoParams },
  responses: {
    200: jsonContent(VideoBody.or(ProcessorJob), 'The video; as a job where it came as a body.', 'ETag'),
    ...problems(...NOT_THERE),
  },
});

const update = createRoute({
  ...OWNERS,
  method: 'patch',
  path: '/api/videos/{videoId}',
  operationId: 'updateVideo',
  summary: 'Change title and description',
  description: 'With `If-Match` only while nobody else changed them.',
  request: { params: VideoParams, headers: IfMatchHeaders, body: jsonBody(UpdateVideoBody) },
  responses: {
    200: jsonContent(UpdatedVideo, 'Changed.', 'ETag'),
    ...problems(...NOT_THERE, ...BODY_PROBLEMS, 'precondition_failed'),
  },
});

const remove = createRoute({
  ...OWNERS,
  method: 'delete',
  path: '/api/videos/{videoId}',
  operationId: 'deleteVideo',
  summary: 'Delete a video',
  description: 'Gone for every route at once; storage and CDN follow.',
  request: { params: VideoParams },
  responses: { 204: { description: 'Deleted.' }, ...problems(...NOT_THERE) },
});

const retry = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/videos/{videoId}/retry',
  operationId: 'retryVideo',
  summary: 'Transcode a FAILED video again',
  request: {
    params: VideoParams,
    headers: IdempotencyHeaders,
    body: jsonBody(EmptyBody, { required: false }),
  },
  responses: {
    202: jsonContent(VideoBody, 'It is TRANSCODING again.'),
    ...problems(
      ...NOT_THERE,
      ...BODY_PROBLEMS,
      'illegal_transition',
      'source_unavailable',
      'source_archived',
      'storage_unavailable',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

const restore = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/videos/{videoId}/restore',
  operationId: 'restoreVideo',
  summary: 'Bring a deleted video back',
  description:
    'While the grace of the deletion lasts (`DELETE_GRACE_SECONDS`, by default none). An upload that was under way stays canceled; a transcode that was under way begins anew, and counts as an upload where uploads are limited.',
  request: {
    params: VideoParams,
    headers: IdempotencyHeaders,
    body: jsonBody(EmptyBody, { required: false }),
  },
  responses: {
    200: jsonContent(VideoBody, 'It is back.', 'ETag'),
    ...problems(
      ...NOT_THERE,
      ...BODY_PROBLEMS,
      'illegal_transition',
      'rate_limited',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

/** Videos of the reference contract. */
export function videoRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(create, (c) => {
      const show = (video: VideoView) => {
        c.header('Location', `/api/videos/${video.id}`);
        c.header('ETag', video.etag);
        return c.json(createdVideo(video), 201);
      };
      return once(c, {
        async run() {
          const input = definedMembers(c.req.valid('json'));
          const video = await createVideo(c.get('context'), { ...input, createdVia: 'mobile' });
          return { resourceId: video.id, answer: show(video) };
        },
        again: async (videoId) => show(await getVideo(c.get('context'), { videoId })),
      });
    })
    .openapi(list, async (c) => {
      const page = await listVideos(c.get('context'), definedMembers(c.req.valid('query')));
      return c.json(videoList(page), 200);
    })
    .openapi(read, async (c) => {
      const { videoId } = c.req.valid('param');
      const video = await getVideo(c.get('context'), { videoId });
      c.header('ETag', video.etag);
      if (video.createdVia !== 'processor') return c.json(videoBody(video), 200);
      return c.json(processorJob(video, await currentAssets(c.get('context'), { videoId })), 200);
    })
    .openapi(update, async (c) => {
      const { 'if-match': ifMatch } = c.req.valid('header');
      const video = await updateVideo(c.get('context'), {
        ...c.req.valid('param'),
        ...definedMembers({ ...c.req.valid('json'), ifMatch }),
      });
      c.header('ETag', video.etag);
      return c.json(updatedVideo(video), 200);
    })
    .openapi(remove, async (c) => {
      await deleteVideo(c.get('context'), c.req.valid('param'));
      return c.body(null, 204);
    })
    .openapi(restore, (c) => {
      const { videoId } = c.req.valid('param');
      const show = (video: VideoView) => {
        c.header('ETag', video.etag);
        return c.json(videoBody(video), 200);
      };
      return once(c, {
        async run() {
          return { resourceId: videoId, answer: show(await restoreVideo(c.get('context'), { videoId })) };
        },
        again: async () => show(await getVideo(c.get('context'), { videoId })),
      });
    })
    .openapi(retry, (c) => {
      const { videoId } = c.req.valid('param');
      return once(c, {
        async run() {
          const video = await retryVideo(c.get('context'), { videoId });
          return { resourceId: videoId, answer: c.json(videoBody(video), 202) };
        },
        again: async () => c.json(videoBody(await getVideo(c.get('context'), { videoId })), 202),
      });
    });
}
