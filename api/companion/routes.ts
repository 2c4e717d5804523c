import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import type { Platform } from '#bootstrap/platform.ts';
import type { Context } from '#domain/context.ts';
import { DomainError, type ErrorCode, isDomainError } from '#domain/errors.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { companionActor, companionParts, completeCompanion } from '#domain/upload/companion-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import type { SignedPart } from '#domain/upload/upload-view.ts';
import { bodyOf, CompleteMultipart, CreateMultipart, checked, PartNumber, PartNumbers } from './bodies.ts';
import { answerCompanionError } from './companion-problem.ts';
import { createMultipart } from './create-multipart.ts';
import { grantRoutes } from './grant-routes.ts';

type Http = HttpContext<ApiEnvironment>;

/** Companion's paths, under a token: clients of its newer generation can send no header. */
const MULTIPART = '/uppy/{token}/s3/multipart';
const UPLOAD = `${MULTIPART}/{uploadId}` as const;
const BODY_MAX_BYTES = 64 * 1024;
/** A list of 10,000 parts with their ETags. */
const COMPLETE_BODY_MAX_BYTES = 2 * 1024 * 1024;
/** Companion names a bucket. Ours are nobody's business. */
const BUCKET = 'sluice';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const PARAMETERS: { readonly [name: string]: { description: string; example: string } } = {
  token: { description: 'An upload token or an upload grant.', example: 'ug_…' },
  uploadId: { description: 'As `create` answered it.', example: '0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10' },
  partNumber: { description: 'From 1.', example: '3' },
};

/** Described in few words: who calls these was written by others, against Companion. */
function described<const Method extends 'get' | 'post' | 'delete', const Path extends string>(
  method: Method,
  path: Path,
  operationId: string,
  summary: string,
  ...refusals: ErrorCode[]
) {
  const responses = { 200: { description: 'JSON, as Companion answers.' }, ...problems(...refusals) };
  // What they hold is judged by the handlers, in Companion's way of refusing.
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const params = z.object(
    Object.fromEntries(names.map((name) => [name, z.string().openapi(PARAMETERS[name] ?? {})])),
  );
  return createRoute({
    tags: ['Companion'],
    method,
    path,
    operationId,
    summary,
    request: { params },
    responses,
  });
}

const create = described(
  'post',
  MULTIPART,
  'companionCreate',
  'Begin an upload: `{filename, type, metadata}`',
  ...BODY_PROBLEMS,
  'unauthenticated',
  'forbidden',
  'grant_used_up',
  'unsupported_format',
  'file_too_large',
  'empty_file',
  'rate_limited',
  'storage_unavailable',
);
const list = described('get', UPLOAD, 'companionList', 'Parts that are stored', 'upload_not_found');
const SIGNING = ['upload_not_found', 'upload_closed', 'upload_expired', 'invalid_request'] as const;
const batch = described('get', `${UPLOAD}/batch`, 'companionSignMany', 'URLs of several parts', ...SIGNING);
const sign = described('get', `${UPLOAD}/{partNumber}`, 'companionSign', 'URL of one part', ...SIGNING);
const complete = described(
  'post',
  `${UPLOAD}/complete`,
  'companionComplete',
  'Complete an upload: `{parts}`. Safe to repeat',
  ...BODY_PROBLEMS,
  'upload_not_found',
  'parts_missing',
  'parts_mismatch',
  'upload_closed',
  'upload_expired',
);
const abort = described(
  'delete',
  UPLOAD,
  'companionAbort',
  'Cancel an upload',
  'upload_not_found',
  'completing',
);
const params = described(
  'get',
  '/uppy/{token}/s3/params',
  'companionParams',
  'Refused: files are taken in parts',
  'invalid_request',
);

/** The routes of Companion that Uppy's aws-s3 plugins use, and the grants that open them. */
export function companionRoutes(platform: Platform) {
  const { PUBLIC_URL } = platform.config;
  const app = new OpenAPIHono<ApiEnvironment>();
  app.onError(answerCompanionError);
  app.use(
    '/uppy/*',
    jsonGate({
      maxBytes: BODY_MAX_BYTES,
      maxBytesByRoute: { '/uppy/{token}/s3/multipart/{uploadId}/complete': COMPLETE_BODY_MAX_BYTES },
    }),
    createMiddleware(async (c, next) => {
      await next();
      c.res.headers.set('Cache-Control', 'no-store');
    }),
  );

  /** The upload that a path names, for whoever's token stands before it. */
  async function opened(c: Http): Promise<{ context: Context; sessionId: string }> {
    const { token = '', uploadId: sessionId = '' } = c.req.param() as { token?: string; uploadId?: string };
    const key = c.req.query('key');
    if (!UUID.test(sessionId)) throw new DomainError('upload_not_found', 'There is no such upload');
    const system = platform.context({ kind: 'system' }, c.get('log'));
    const actor = await companionActor(system, { token, sessionId, videoId: key });
    return { context: platform.context(actor, c.get('log')), sessionId };
  }

  app.openapi(create, async (c) => {
    const wanted = await bodyOf(c, CreateMultipart);
    const { sessionId, videoId } = await createMultipart(platform, c.get('log'), {
      token: c.req.param('token') ?? '',
      wanted,
    });
    return c.json({ key: videoId, uploadId: sessionId, bucket: BUCKET });
  });

  app.openapi(list, async (c) => {
    const { context, sessionId } = await opened(c);
    const parts = await companionParts(context, { sessionId });
    return c.json(
      parts.map(({ partNumber, sizeBytes, etag }) => ({
        PartNumber: partNumber,
        Size: sizeBytes,
        ETag: `"${etag}"`,
      })),
    );
  });

  // These two before the route of one part, whose form they have: a request is measured by the first that fits its path.
  app.openapi(batch, async (c) => {
    const { context, sessionId } = await opened(c);
    const partNumbers = checked(PartNumbers, c.req.query('partNumbers') ?? '', 'partNumbers');
    const parts = await signParts(context, { sessionId, partNumbers });
    return c.json({ presignedUrls: Object.fromEntries(parts.map((part) => [part.partNumber, part.url])) });
  });

  app.openapi(complete, async (c) => {
    const { parts } = await bodyOf(c, CompleteMultipart);
    const { context, sessionId } = await opened(c);
    const named = parts.map(({ PartNumber: partNumber, ETag }) => ({ partNumber, etag: ETag || null }));
    const { outcome, upload } = await completeCompanion(context, { sessionId, parts: named });
    const location = `${PUBLIC_URL}/watch/${upload.videoId}`;
    // A client knows no "not yet": storage goes on behind a 202, and nothing is left for the client to do.
    return c.json({ location, key: upload.videoId, bucket: BUCKET }, outcome === 'completed' ? 200 : 202);
  });

  app.openapi(sign, async (c) => {
    const { context, sessionId } = await opened(c);
    const partNumber = checked(PartNumber, c.req.param('partNumber'), 'partNumber');
    const [part] = await signParts(context, { sessionId, partNumbers: [partNumber] });
    if (!part) throw new Error('A part was asked to be signed and none came back');
    return c.json({ url: part.url, expires: secondsLeft(part, context.now()) });
  });

  app.openapi(abort, async (c) => {
    const { context, sessionId } = await opened(c);
    try {
      await cancelUpload(context, { sessionId });
    } catch (error) {
      // Clients tidy up after a failure without looking: an upload that is over stays as it ended.
      if (!isDomainError(error, 'upload_closed', 'upload_expired')) throw error;
    }
    return c.json({});
  });

  app.openapi(params, () => {
    const detail = 'This server takes files in parts: set shouldUseMultipart to true';
    throw new DomainError('invalid_request', detail);
  });

  return app.route('/', grantRoutes(platform));
}

function secondsLeft({ expiresAt }: SignedPart, now: Date): number {
  return Math.max(1, Math.floor((expiresAt.getTime() - now.getTime()) / 1000));
}
