import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';
import { currentAssets } from '#domain/playback/current-assets.ts';
import { signSource } from '#domain/playback/sign-source.ts';
import type { SourceFields } from '#domain/upload/accept-source.ts';
import { openSinglePut, type SinglePut, signSinglePut } from '#domain/upload/open-single-put.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { titleOf } from '../file-members.ts';
import { learningVideo, openedUpload } from './present.ts';
import { LearningUpload, LearningUploadOpened, LearningVideo, LearningVideoParams } from './schemas.ts';

/** Bounds the metadata as well. */
const BODY_MAX_BYTES = 64 * 1024;
const FIELDS: SourceFields = { type: 'contentType', size: 'size' };
const OWNERS = { tags: ['Learning'], security: [{ bearer: [] }] };

const upload = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/upload',
  operationId: 'openLearningUpload',
  summary: 'Keep a video item and get one URL for its file',
  description: 'Nothing more has to be called: the file is verified when it stands in storage.',
  request: { headers: IdempotencyHeaders, body: jsonBody(LearningUpload) },
  responses: {
    201: jsonContent(LearningUploadOpened, 'Kept.', 'Location'),
    ...problems(
      'unauthenticated',
      'forbidden',
      ...BODY_PROBLEMS,
      'unsupported_format',
      'upload_closed',
      'rate_limited',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

const read = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/video/{videoId}',
  operationId: 'getLearningVideo',
  summary: 'Read a video item and its URLs',
  request: { params: LearningVideoParams },
  responses: {
    200: jsonContent(LearningVideo, 'The item.'),
    ...problems('unauthenticated', 'video_not_found'),
  },
});

/** The `learning` contract: `POST /upload` and `GET /video/{id}`. */
export function learningDialect(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  const authenticate = authentication(platform);
  app.use('/upload', authenticate, jsonGate({ maxBytes: BODY_MAX_BYTES }));
  app.use('/video/*', authenticate);
  return app
    .openapi(upload, async (c) => {
      const { userId, title, filename, contentType, ...metadata } = c.req.valid('json');
      if (userId !== undefined && !namesOf(c).includes(userId))
        throw new DomainError('forbidden', 'userId is not the user of the token.', {
          fields: [{ field: 'userId', message: 'must be the sub of the token, or be left out' }],
        });
      const show = (put: SinglePut) => {
        c.header('Location', `/video/${put.video.id}`);
        return c.json(openedUpload(put), 201);
      };
      return once(c, {
        async run() {
          const put = await openSinglePut(c.get('context'), {
            title: title ?? titleOf(filename),
            fileName: filename,
            contentType,
            metadata,
            createdVia: 'learning',
            fields: FIELDS,
          });
          return { resourceId: put.sessionId, answer: show(put) };
        },
        again: async (sessionId) => show(await signSinglePut(c.get('context'), { sessionId })),
      });
    })
    .openapi(read, async (c) => {
      const context = c.get('context');
      const { videoId } = c.req.valid('param');
      const video = await getVideo(context, { videoId });
      const [source, assets] = await Promise.all([
        signSource(context, { videoId }),
        currentAssets(context, { videoId }),
      ]);
      return c.json(learningVideo({ userId: c.get('subject') ?? video.ownerId, video, source, assets }), 200);
    });
}

/** What the caller may call itself: as its issuer does, or by the id that we made of that. */
function namesOf(c: Context<ApiEnvironment>): (string | null)[] {
  const { actor } = c.get('context');
  return [c.get('subject'), actor.kind === 'user' ? actor.ownerId : null];
}
