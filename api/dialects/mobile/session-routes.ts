import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { listUploads } from '#domain/upload/list-uploads.ts';
import { type StartedUpload as Started, showStartedUpload } from '#domain/upload/show-started-upload.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import { openUploads, startedUpload, uploadBody } from './present.ts';
import {
  ListUploadsQuery,
  OpenUploads,
  StartedUpload,
  StartUploadBody,
  UploadBody,
  UploadParams,
} from './upload-schemas.ts';
import { VideoParams } from './video-schemas.ts';

const OWNERS = { tags: ['Uploads'], security: [{ bearer: [] }] };

/** As many parts come signed with the start; more are signed as they are needed, so that no URL dies unused. */
const SIGNED_FIRST = 16;

const start = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/videos/{videoId}/uploads',
  operationId: 'startUpload',
  summary: 'Open an upload session',
  description:
    'The same file again, by type, size and (where both sides know one) `fingerprint`, answers the session that is live (200), from any device of its owner. `uploadToken` comes with a new session only; a client that lost its answer gets a new one by repeating the request with the same `Idempotency-Key`.',
  request: { params: VideoParams, headers: IdempotencyHeaders, body: jsonBody(StartUploadBody) },
  responses: {
    201: jsonContent(StartedUpload, 'A new session.', 'Location'),
    200: jsonContent(StartedUpload, 'The session that is already live.', 'Location'),
    ...problems(
      'unauthenticated',
      'video_not_found',
      ...BODY_PROBLEMS,
      'unsupported_format',
      'file_too_large',
      'empty_file',
      'upload_conflict',
      'completing',
      'illegal_transition',
      'rate_limited',
      'storage_unavailable',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

const list = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/uploads',
  operationId: 'listUploads',
  summary: 'List your open uploads',
  description:
    'Those that any device of yours can go on with, newest first. Another device finds its file by `fingerprint`, then reads the session. Pass `nextCursor` on as `cursor` until it is null.',
  request: { query: ListUploadsQuery },
  responses: {
    200: jsonContent(OpenUploads, 'A page.'),
    ...problems('unauthenticated', 'invalid_request', 'invalid_cursor'),
  },
});

const read = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/uploads/{uploadSessionId}',
  operationId: 'getUpload',
  summary: 'Read an upload session',
  description: 'Tells which parts storage has, so that a client resumes with the others.',
  request: { params: UploadParams },
  responses: {
    200: jsonContent(UploadBody, 'The session.'),
    ...problems('unauthenticated', 'upload_not_found', 'storage_unavailable'),
  },
});

/** Where upload sessions of the reference contract begin, and are found again. */
export function sessionRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(start, (c) =>
      once(c, {
        async run() {
          const input = { ...c.req.valid('param'), ...definedMembers(c.req.valid('json')) };
          const started = await startUpload(c.get('context'), { ...input, signFirst: SIGNED_FIRST });
          const answer = show(c, started, started.created ? 201 : 200);
          return { resourceId: started.upload.id, answer };
        },
        async again(sessionId, status) {
          const isNew = status === 201;
          const input = { sessionId, withToken: isNew, signFirst: SIGNED_FIRST };
          return show(c, await showStartedUpload(c.get('context'), input), isNew ? 201 : 200);
        },
      }),
    )
    .openapi(list, async (c) => {
      const { state: _, ...query } = c.req.valid('query');
      return c.json(openUploads(await listUploads(c.get('context'), definedMembers(query))), 200);
    })
    .openapi(read, async (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      return c.json(uploadBody(await getUpload(c.get('context'), { sessionId })), 200);
    });
}

function show(c: Context<ApiEnvironment>, started: Started, status: 200 | 201) {
  c.header('Location', `/api/uploads/${started.upload.id}`);
  return c.json(startedUpload(started), status);
}
