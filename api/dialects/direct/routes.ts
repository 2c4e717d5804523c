import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import type { SourceFields } from '#domain/upload/accept-source.ts';
import { openSinglePut, type SinglePut, signSinglePut } from '#domain/upload/open-single-put.ts';
import { queueCompletion } from '#domain/upload/queue-completion.ts';
import { reopenSinglePut } from '#domain/upload/reopen-single-put.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { EmptyBody } from '../mobile/upload-schemas.ts';
import { createdDirectVideo, directVideo } from './present.ts';
import {
  CreateDirectVideo,
  CreatedDirectVideo,
  DirectVideo,
  DirectVideoParams,
  ReopenDirectUpload,
  UploadCompleted,
} from './schemas.ts';

const BODY_MAX_BYTES = 64 * 1024;
const FIELDS: SourceFields = { type: 'content_type', size: 'size_bytes' };
const OWNERS = { tags: ['Direct'], security: [{ bearer: [] }] };

const create = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/v1/videos',
  operationId: 'createDirectVideo',
  summary: 'Create a video and get one URL for its file',
  description:
    'The whole file goes by one PUT, with the headers that the answer names. Uploads of an hour are counted.',
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateDirectVideo) },
  responses: {
    201: jsonContent(CreatedDirectVideo, 'Created.', 'Location'),
    ...problems(
      'unauthenticated',
      ...BODY_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'unsupported_format',
      'file_too_large',
      'empty_file',
      'upload_closed',
      'rate_limited',
    ),
  },
});

const reopen = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/v1/videos/{videoId}/upload_url',
  operationId: 'reopenDirectUpload',
  summary: 'Get a URL for another file of a video',
  description:
    'For a file that failed or never came, or for a new version: a ready video stays ready and plays what it has until the new file does. The same file again, by type and size, is given its own URL, signed anew. Uploads of an hour are counted.',
  request: {
    params: DirectVideoParams,
    headers: IdempotencyHeaders,
    body: jsonBody(ReopenDirectUpload),
  },
  responses: {
    200: jsonContent(CreatedDirectVideo, 'The URL.'),
    ...problems(
      'unauthenticated',
      'video_not_found',
      ...BODY_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'unsupported_format',
      'file_too_large',
      'empty_file',
      'upload_conflict',
      'upload_closed',
      'upload_paused',
      'completing',
      'illegal_transition',
      'rate_limited',
      'storage_unavailable',
    ),
  },
});

const complete = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/v1/videos/{videoId}/upload_complete',
  operationId: 'completeDirectUpload',
  summary: 'Say that the file is sent',
  description: 'Answers at once; the file is verified by a job. Safe to repeat.',
  request: {
    params: DirectVideoParams,
    headers: IdempotencyHeaders,
    body: jsonBody(EmptyBody, { required: false }),
  },
  responses: {
    202: jsonContent(UploadCompleted, 'Verification is queued, or has already been.'),
    ...problems(
      'unauthenticated',
      'video_not_found',
      ...BODY_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'upload_not_found',
      'upload_closed',
      'upload_paused',
      'upload_expired',
    ),
  },
});

const read = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/v1/videos/{videoId}',
  operationId: 'getDirectVideo',
  summary: 'Read a video',
  request: { params: DirectVideoParams },
  responses: {
    200: jsonContent(DirectVideo, 'The video.'),
    ...problems('unauthenticated', 'video_not_found'),
  },
});

/** The `direct` contract: `/api/v1/videos`, one URL for a whole file. */
export function directDialect(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  app.use('/api/v1/videos/*', authentication(platform), jsonGate({ maxBytes: BODY_MAX_BYTES }));
  return app
    .openapi(create, async (c) => {
      const { title, filename, content_type, size_bytes, description, metadata } = c.req.valid('json');
      const show = (put: SinglePut) => {
        c.header('Location', `/api/v1/videos/${put.video.id}`);
        return c.json(createdDirectVideo(put), 201);
      };
      return once(c, {
        async run() {
          const put = await openSinglePut(c.get('context'), {
            ...definedMembers({ description, metadata, sizeBytes: size_bytes }),
            title,
            fileName: filename,
            contentType: content_type,
            createdVia: 'direct',
            fields: FIELDS,
          });
          return { resourceId: put.sessionId, answer: show(put) };
        },
        again: async (sessionId) => show(await signSinglePut(c.get('context'), { sessionId })),
      });
    })
    .openapi(reopen, async (c) => {
      const { videoId } = c.req.valid('param');
      const { filename, content_type, size_bytes } = c.req.valid('json');
      const show = (put: SinglePut) => c.json(createdDirectVideo(put), 200);
      return once(c, {
        async run() {
          const put = await reopenSinglePut(c.get('context'), {
            ...definedMembers({ sizeBytes: size_bytes }),
            videoId,
            fileName: filename,
            contentType: content_type,
            fields: FIELDS,
          });
          return { resourceId: put.sessionId, answer: show(put) };
        },
        again: async (sessionId) => show(await signSinglePut(c.get('context'), { sessionId })),
      });
    })
    .openapi(complete, async (c) => {
      const { videoId } = c.req.valid('param');
      const queued = () => c.json({ status: 'processing_queued' as const }, 202);
      return once(c, {
        async run() {
          await queueCompletion(c.get('context'), { videoId });
          return { resourceId: videoId, answer: queued() };
        },
        again: async () => queued(),
      });
    })
    .openapi(read, async (c) =>
      c.json(directVideo(await getVideo(c.get('context'), c.req.valid('param'))), 200),
    );
}
