import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { openFileSet, signFileSet } from '#domain/upload/open-file-set.ts';
import { signedFiles } from './present.ts';
import { SignedFilesBody, SignFilesBody } from './schemas.ts';

/** As many files as a set may have, with names as long as most are. */
const BODY_MAX_BYTES = 1024 * 1024;

const sign = (platform: Platform) =>
  createRoute({
    tags: ['Signer'],
    security: [{ bearer: [] }],
    method: 'post',
    path: '/',
    operationId: 'signFiles',
    summary: 'Get one URL for each of several files',
    description:
      'Each video file becomes a video. The HLS files together are one ready-made set: when all of them stand in storage, they are verified and published without transcoding.',
    // The same path has a page for people, which asks nobody who they are.
    middleware: [authentication(platform), jsonGate({ maxBytes: BODY_MAX_BYTES })] as const,
    request: { headers: IdempotencyHeaders, body: jsonBody(SignFilesBody) },
    responses: {
      200: jsonContent(SignedFilesBody, 'A URL for each file, in the order of the request.'),
      ...problems(
        'unauthenticated',
        ...BODY_PROBLEMS,
        'unsupported_format',
        'empty_file',
        'file_too_large',
        'too_many_set_files',
        'hls_set_invalid',
        'video_not_found',
        'illegal_transition',
        'upload_conflict',
        'upload_closed',
        'upload_paused',
        'completing',
        'rate_limited',
        'storage_unavailable',
        ...IDEMPOTENCY_PROBLEMS,
      ),
    },
  });

/** The `signer` contract: `POST /`. */
export function signerDialect(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  const { PUBLIC_URL } = platform.config;
  return app.openapi(sign(platform), async (c) => {
    const body = c.req.valid('json');
    const context = c.get('context');
    const files = body.files.map(({ path, contentType, size }) => ({
      path,
      contentType,
      sizeBytes: size ?? null,
    }));
    const opened = await once(c, {
      async run() {
        const answer = await openFileSet(context, { files, videoId: body.videoId ?? null });
        const sessionIds = new Set(answer.map((file) => file.sessionId));
        return { resourceId: [...sessionIds].join(' '), answer };
      },
      again: (resourceId) => signFileSet(context, { files, sessionIds: resourceId.split(' ') }),
    });
    return c.json(signedFiles(opened, PUBLIC_URL), 200);
  });
}
