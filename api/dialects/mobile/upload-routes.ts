import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { resumeUpload } from '#domain/upload/resume-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import { signedPart, startedUpload, uploadBody, uploadState } from './present.ts';
import {
  CompleteBody,
  EmptyBody,
  SignedPartBody,
  SignedParts,
  SignPartsBody,
  StartedUpload,
  StartUploadBody,
  UploadBody,
  UploadParams,
  UploadState,
} from './upload-schemas.ts';
import { VideoParams } from './video-schemas.ts';

const OWNERS = { tags: ['Uploads'], security: [{ bearer: [] }] };
const BODY_PROBLEMS = [
  'malformed_json',
  'unsupported_media_type',
  'body_too_large',
  'invalid_request',
] as const;
const SESSION_PROBLEMS = [
  'unauthenticated',
  'upload_not_found',
  ...BODY_PROBLEMS,
  'completing',
  'upload_closed',
  'upload_expired',
] as const;
/** How soon it is worth asking again while storage joins the parts. */
const COMPLETING_RETRY_SECONDS = '2';

const start = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/videos/{videoId}/uploads',
  operationId: 'startUpload',
  summary: 'Open an upload session',
  description:
    'The same type and size again answer the session that is live (200), so a client that lost its answer just repeats the call.',
  request: { params: VideoParams, body: jsonBody(StartUploadBody) },
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
      'storage_unavailable',
    ),
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

const sign = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/uploads/{uploadSessionId}/parts',
  operationId: 'signParts',
  summary: 'Get URLs for parts',
  request: { params: UploadParams, body: jsonBody(SignPartsBody) },
  responses: {
    200: jsonContent(SignedPartBody.or(SignedParts), 'One part for `partNumber`, `parts` for `partNumbers`.'),
    ...problems(...SESSION_PROBLEMS, 'upload_paused', 'part_out_of_range'),
  },
});

const complete = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/uploads/{uploadSessionId}/complete',
  operationId: 'completeUpload',
  summary: 'Complete an upload',
  description: 'Needs no body: the server reads from storage what is there. Safe to repeat.',
  request: { params: UploadParams, body: jsonBody(CompleteBody, { required: false }) },
  responses: {
    200: jsonContent(UploadState, 'COMPLETED: the file is whole and verified.'),
    202: jsonContent(UploadState, 'Storage is still at it. Read the session later.', 'Retry-After'),
    ...problems(
      ...SESSION_PROBLEMS,
      'upload_paused',
      'parts_missing',
      'parts_mismatch',
      'illegal_transition',
      'storage_unavailable',
    ),
  },
});

/** Pause, resume and cancel differ in the verb alone. */
function stateRoute<const Path extends string>(path: Path, operationId: string, summary: string) {
  return createRoute({
    ...OWNERS,
    method: 'post',
    path,
    operationId,
    summary,
    request: { params: UploadParams, body: jsonBody(EmptyBody, { required: false }) },
    responses: {
      200: jsonContent(UploadState, 'Done.'),
      ...problems(...SESSION_PROBLEMS, 'illegal_transition'),
    },
  });
}

const pause = stateRoute('/api/uploads/{uploadSessionId}/pause', 'pauseUpload', 'Pause an upload');
const resume = stateRoute('/api/uploads/{uploadSessionId}/resume', 'resumeUpload', 'Resume an upload');
const cancel = stateRoute('/api/uploads/{uploadSessionId}/cancel', 'cancelUpload', 'Cancel an upload');

/** Upload sessions of the reference contract. */
export function uploadRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(start, async (c) => {
      const input = { ...c.req.valid('param'), ...c.req.valid('json') };
      const { upload, created } = await startUpload(c.get('context'), input);
      c.header('Location', `/api/uploads/${upload.id}`);
      return c.json(startedUpload(upload), created ? 201 : 200);
    })
    .openapi(read, async (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      return c.json(uploadBody(await getUpload(c.get('context'), { sessionId })), 200);
    })
    .openapi(sign, async (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      const { partNumber, partNumbers = [] } = c.req.valid('json');
      if (partNumber === undefined) {
        const parts = await signParts(c.get('context'), { sessionId, partNumbers });
        return c.json({ parts: parts.map(signedPart) }, 200);
      }
      const [part] = await signParts(c.get('context'), { sessionId, partNumbers: [partNumber] });
      if (!part) throw new Error('A part was asked to be signed and none came back');
      return c.json(signedPart(part), 200);
    })
    .openapi(complete, async (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      const { parts } = c.req.valid('json');
      const { outcome, upload } = await completeUpload(c.get('context'), {
        sessionId,
        ...(parts && { parts }),
      });
      if (outcome === 'completed') return c.json(uploadState(upload), 200);
      c.header('Retry-After', COMPLETING_RETRY_SECONDS);
      return c.json(uploadState(upload), 202);
    })
    .openapi(pause, async (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      return c.json(uploadState(await pauseUpload(c.get('context'), { sessionId })), 200);
    })
    .openapi(resume, async (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      return c.json(uploadState(await resumeUpload(c.get('context'), { sessionId })), 200);
    })
    .openapi(cancel, async (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      return c.json(uploadState(await cancelUpload(c.get('context'), { sessionId })), 200);
    });
}
