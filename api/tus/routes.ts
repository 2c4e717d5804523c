import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { problemResponse } from '#api/problems/problem.ts';
import { problems } from '#api/problems/problem-schema.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { openTusSpool } from '#bootstrap/tus-store.ts';
import { findGrant, isGrantToken } from '#domain/access/upload-grants.ts';
import { DomainError } from '#domain/errors.ts';
import { TUS_CHECKSUM_ALGORITHMS } from '#domain/upload/tus-digest.ts';
import { uploadLocks } from '#domain/upload/upload-locks.ts';
import { continueTusUpload } from './continue-upload.ts';
import { createTusUpload } from './create-upload.ts';
import { methodOf, TUS_VERSION, type TusMethod } from './protocol-headers.ts';
import { answerTusError } from './refusals.ts';
import { TUS_EXTENSIONS } from './session-store.ts';
import type { TusParts } from './tus-parts.ts';

type Http = HttpContext<ApiEnvironment>;

const TAGS = { tags: ['tus'] };
const Address = z.object({
  uploadToken: z.string().openapi({
    param: { name: 'uploadToken', in: 'path' },
    description: 'From the `Location` of the creation: the right to go on with this upload, and a secret.',
  }),
});
const CREATION_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'invalid_request',
  'protocol_version',
  'unsupported_format',
  'empty_file',
  'file_too_large',
  'rate_limited',
  'grant_used_up',
  'storage_unavailable',
] as const;

const create = createRoute({
  ...TAGS,
  security: [{ bearer: [] }],
  method: 'post',
  path: '/api/tus',
  operationId: 'createTusUpload',
  summary: 'Begin a resumable upload by the tus protocol 1.0',
  description:
    "Makes a video and an upload. `Upload-Metadata`: `filename`, `filetype`, `title`, `policy`; all of it is kept as the video's metadata. With `Content-Type: application/offset+octet-stream` the body is the first piece. See https://tus.io/protocols/resumable-upload.",
  responses: {
    201: { description: 'Begun; `Location` is the address to go on at.' },
    ...problems(...CREATION_PROBLEMS),
  },
});
const createByGrant = createRoute({
  ...TAGS,
  method: 'post',
  path: '/api/tus/{uploadToken}',
  operationId: 'createTusUploadByGrant',
  summary: 'Begin a resumable upload with an upload grant',
  description:
    'The same for clients that send no bearer; here the token is that of a grant (`ug_...`). With `X-HTTP-Method-Override` it stands for PATCH, HEAD or DELETE of an upload.',
  request: { params: Address },
  responses: { 201: { description: 'Begun.' }, ...problems(...CREATION_PROBLEMS) },
});
const head = createRoute({
  ...TAGS,
  method: 'get',
  path: '/api/tus/{uploadToken}',
  operationId: 'getTusUpload',
  summary: 'How far an upload is (HEAD)',
  description:
    'Answers HEAD. `Upload-Offset` says how many bytes are stored; equal to `Upload-Length` it is complete.',
  request: { params: Address },
  responses: {
    200: { description: 'In the headers.' },
    ...problems('upload_not_found', 'upload_expired', 'upload_locked', 'method_not_allowed'),
  },
});
const patch = createRoute({
  ...TAGS,
  method: 'patch',
  path: '/api/tus/{uploadToken}',
  operationId: 'sendTusPiece',
  summary: 'Send the next piece of an upload',
  request: { params: Address },
  responses: {
    204: {
      description:
        'Stored, up to `Upload-Offset`. With the last byte: complete; `Sluice-Video-Id` names the video.',
    },
    ...problems(
      'upload_not_found',
      'upload_expired',
      'upload_locked',
      'offset_conflict',
      'checksum_mismatch',
      'file_too_large',
      'unsupported_media_type',
      'too_busy',
      'storage_unavailable',
    ),
  },
});
const terminate = createRoute({
  ...TAGS,
  method: 'delete',
  path: '/api/tus/{uploadToken}',
  operationId: 'cancelTusUpload',
  summary: 'Cancel an upload',
  request: { params: Address },
  responses: {
    204: { description: 'Canceled.' },
    ...problems('upload_not_found', 'upload_expired', 'forbidden', 'upload_locked'),
  },
});

/** The tus protocol 1.0. */
export function tusRoutes(platform: Platform) {
  const { config, log } = platform;
  const parts: TusParts = {
    platform,
    spool: openTusSpool(config),
    locks: uploadLocks({ em: () => platform.context({ kind: 'system' }).em, log }),
    pathPrefix: new URL(config.PUBLIC_URL).pathname.replace(/\/$/, ''),
  };
  const { settings } = platform.context({ kind: 'system' });
  const abilities = {
    'Tus-Resumable': TUS_VERSION,
    'Tus-Version': TUS_VERSION,
    'Tus-Extension': TUS_EXTENSIONS.join(','),
    'Tus-Max-Size': String(settings.policies.direct.maxSizeBytes),
    'Tus-Checksum-Algorithm': TUS_CHECKSUM_ALGORITHMS.join(','),
  };
  const authenticate = authentication(platform);

  /** A bearer is a JWT or the token of a grant. */
  async function createByBearer(c: Http): Promise<Response> {
    const grantToken = /^Bearer +(ug_\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (grantToken !== undefined) return createWithGrant(c, grantToken);
    await authenticate(c, async () => undefined);
    return createTusUpload(c, parts, { context: c.get('context') });
  }

  async function createWithGrant(c: Http, token: string): Promise<Response> {
    const grant = await findGrant(platform.context({ kind: 'system' }, c.get('log')), token);
    return createTusUpload(c, parts, { context: platform.context(grant.actor, c.get('log')), grant });
  }

  function atAddress(c: Http, token: string, method: TusMethod): Promise<Response> {
    if (method !== 'POST') return continueTusUpload(c, parts, { token, method });
    if (isGrantToken(token)) return createWithGrant(c, token);
    throw new DomainError(
      'unauthenticated',
      'An upload begins at /api/tus or at the address of an upload grant; this is neither.',
    );
  }

  /** What a request means, and what its errors look like, both depend on the method that it names. */
  async function answered(c: Http, serve: (method: TusMethod) => Promise<Response>): Promise<Response> {
    let method: TusMethod = 'POST';
    try {
      method = methodOf(c.req.raw);
      return await serve(method);
    } catch (error) {
      return answerTusError(error, c, method);
    }
  }

  const app = new OpenAPIHono<ApiEnvironment>();
  app.options('/api/tus', (c) => c.body(null, 204, abilities));
  app.options('/api/tus/:uploadToken', (c) => c.body(null, 204, abilities));
  app.openapi(create, (c) => answered(c, () => createByBearer(c)));
  const atUpload = (c: Http) =>
    answered(c, async (method) => atAddress(c, c.req.param('uploadToken') ?? '', method));
  app.openapi(createByGrant, atUpload);
  app.openapi(patch, atUpload);
  app.openapi(terminate, atUpload);
  app.openapi(head, (c) => {
    // hono hands HEAD to who answers GET, which the protocol does not know.
    if (c.req.raw.method === 'HEAD') return atUpload(c);
    const headers = { Allow: 'DELETE, HEAD, OPTIONS, PATCH, POST', 'Tus-Resumable': TUS_VERSION };
    return problemResponse(c, { code: 'method_not_allowed', detail: 'Ask by HEAD.', headers });
  });
  return app;
}
