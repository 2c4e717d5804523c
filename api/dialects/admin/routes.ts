import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { signAgain } from '#domain/playlist/sign-again.ts';
import { signUpload } from '#domain/playlist/sign-upload.ts';
import type { SignedUpload } from '#domain/playlist/signed-upload.ts';
import { SignedUrl, SignedUrlRequest } from './schemas.ts';

const BODY_MAX_BYTES = 64 * 1024;
const FIELDS = { type: 'file_name', size: 'size_bytes' } as const;

const sign = createRoute({
  tags: ['Playlists'],
  security: [{ bearer: ['admin', 'uploads:admin'] }],
  method: 'post',
  path: '/api/uploads/signed_url',
  operationId: 'signUploadUrl',
  summary: 'Get one URL for a video or a ZIP of videos',
  description:
    'Needs the scope `admin` or `uploads:admin`. The file goes by one PUT with the headers that the answer names; there is no call to complete it: storage tells, or is asked. Its outcome is that of the playlist.',
  request: { headers: IdempotencyHeaders, body: jsonBody(SignedUrlRequest) },
  responses: {
    200: jsonContent(SignedUrl, 'Signed.'),
    ...problems(
      'unauthenticated',
      'forbidden',
      ...BODY_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'unsupported_format',
      'file_too_large',
      'empty_file',
      'completing',
      'upload_closed',
      'rate_limited',
    ),
  },
});

/** The `admin` contract: `/api/uploads/signed_url`. What comes of it is under `/api/playlists`. */
export function adminDialect(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  app.use('/api/uploads/signed_url', authentication(platform), jsonGate({ maxBytes: BODY_MAX_BYTES }));
  return app.openapi(sign, async (c) => {
    const { file_name: fileName, content_type, size_bytes: sizeBytes, title } = c.req.valid('json');
    const upload = {
      ...definedMembers({ sizeBytes, title }),
      fileName,
      contentType: content_type || null,
      fields: FIELDS,
    };
    return once(c, {
      async run() {
        const signed = await signUpload(c.get('context'), upload);
        return { resourceId: signed.playlistId, answer: c.json(signedUrl(signed), 200) };
      },
      again: async (playlistId) =>
        c.json(signedUrl(await signAgain(c.get('context'), { playlistId, upload })), 200),
    });
  });
}

function signedUrl(upload: SignedUpload): z.infer<typeof SignedUrl> {
  return {
    signed_url: upload.signed.url,
    playlist_id: upload.playlistId,
    video_id: upload.videoId,
    key: upload.key,
    expires_at: upload.signed.expiresAt.toISOString(),
    headers: upload.contentType === null ? {} : { 'Content-Type': upload.contentType },
  };
}
