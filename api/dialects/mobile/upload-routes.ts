import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Context as VerbContext } from '#domain/context.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { resumeUpload } from '#domain/upload/resume-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import type { UploadView } from '#domain/upload/upload-view.ts';
import { signedPart, uploadState } from './present.ts';
import {
  CompleteBody,
  EmptyBody,
  SignedPartBody,
  SignedParts,
  SignPartsBody,
  UploadParams,
  UploadState,
} from './upload-schemas.ts';

const OWNERS = { tags: ['Uploads'], security: [{ bearer: [] }] };
const SESSION_PROBLEMS = [
  'unauthenticated',
  'upload_not_found',
  ...BODY_PROBLEMS,
  'completing',
  'upload_closed',
  'upload_expired',
  ...IDEMPOTENCY_PROBLEMS,
] as const;
/** How soon it is worth asking again while storage joins the parts. */
const COMPLETING_RETRY_SECONDS = '2';

const sign = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/uploads/{uploadSessionId}/parts',
  operationId: 'signParts',
  summary: 'Get URLs for parts',
  description:
    'Up to 100 a request. A part may be signed as often as you like: a URL that ran out costs one request.',
  request: { params: UploadParams, headers: IdempotencyHeaders, body: jsonBody(SignPartsBody) },
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
  request: {
    params: UploadParams,
    headers: IdempotencyHeaders,
    body: jsonBody(CompleteBody, { required: false }),
  },
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
    request: {
      params: UploadParams,
      headers: IdempotencyHeaders,
      body: jsonBody(EmptyBody, { required: false }),
    },
    responses: {
      200: jsonContent(UploadState, 'Done.'),
      ...problems(...SESSION_PROBLEMS, 'illegal_transition'),
    },
  });
}

const pause = stateRoute('/api/uploads/{uploadSessionId}/pause', 'pauseUpload', 'Pause an upload');
const resume = stateRoute('/api/uploads/{uploadSessionId}/resume', 'resumeUpload', 'Resume an upload');
const cancel = stateRoute('/api/uploads/{uploadSessionId}/cancel', 'cancelUpload', 'Cancel an upload');

/** What an upload session of the reference contract goes through. */
export function uploadRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(sign, (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      const { partNumber, partNumbers = [] } = c.req.valid('json');
      const numbers = partNumber === undefined ? partNumbers : [partNumber];
      const show = async () => {
        const parts = await signParts(c.get('context'), { sessionId, partNumbers: numbers });
        const [only] = parts;
        if (partNumber === undefined || !only) return c.json({ parts: parts.map(signedPart) }, 200);
        return c.json(signedPart(only), 200);
      };
      return once(c, { run: async () => ({ resourceId: sessionId, answer: await show() }), again: show });
    })
    .openapi(complete, (c) => {
      const { uploadSessionId: sessionId } = c.req.valid('param');
      const { parts } = c.req.valid('json');
      const finish = async () => {
        const { outcome, upload } = await completeUpload(c.get('context'), {
          sessionId,
          ...(parts && { parts }),
        });
        if (outcome === 'completed') return c.json(uploadState(upload), 200);
        c.header('Retry-After', COMPLETING_RETRY_SECONDS);
        return c.json(uploadState(upload), 202);
      };
      return once(c, {
        run: async () => ({ resourceId: sessionId, answer: await finish() }),
        // "Not yet" is no outcome to repeat, and completing is idempotent by itself.
        again: (_, status) => (status === 202 ? finish() : showState(c, sessionId, getUpload)),
      });
    })
    .openapi(pause, (c) => changeState(c, c.req.valid('param'), pauseUpload))
    .openapi(resume, (c) => changeState(c, c.req.valid('param'), resumeUpload))
    .openapi(cancel, (c) => changeState(c, c.req.valid('param'), cancelUpload));
}

type SessionVerb = (context: VerbContext, input: { sessionId: string }) => Promise<UploadView>;

/** Runs a verb that changes a session's state; a repetition tells the state of now. */
function changeState(c: Context<ApiEnvironment>, params: { uploadSessionId: string }, verb: SessionVerb) {
  const { uploadSessionId: sessionId } = params;
  return once(c, {
    run: async () => ({ resourceId: sessionId, answer: await showState(c, sessionId, verb) }),
    again: () => showState(c, sessionId, getUpload),
  });
}

async function showState(c: Context<ApiEnvironment>, sessionId: string, verb: SessionVerb) {
  return c.json(uploadState(await verb(c.get('context'), { sessionId })), 200);
}
