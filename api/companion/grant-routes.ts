import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonGate } from '#api/middleware/json-gate.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { answerError } from '#api/problems/answer-error.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import {
  createUploadGrant,
  deleteUploadGrant,
  GRANT_LIMITS,
  getUploadGrant,
  type UploadGrantView,
} from '#domain/access/upload-grants.ts';

const OWNERS = { tags: ['Upload grants'], security: [{ bearer: [] }] };
const BODY_MAX_BYTES = 16 * 1024;
const EXPIRES_IN_DEFAULT_SECONDS = 3600;

const CreateGrantBody = z
  .strictObject({
    uploads: z.int().min(1).max(GRANT_LIMITS.uploadsMax).default(1).openapi({
      description: 'How many uploads may be begun with it.',
      example: 5,
    }),
    expiresInSeconds: z
      .int()
      .min(GRANT_LIMITS.expiresInSecondsMin)
      .max(GRANT_LIMITS.expiresInSecondsMax)
      .default(EXPIRES_IN_DEFAULT_SECONDS)
      .openapi({ description: 'Uploads that have begun by then go on.' }),
    policy: z.string().min(1).max(64).optional().openapi({
      description:
        'Another upload policy than `direct`, by its name in /api/upload-policies. Needs the scope `uploads:<policy>` or `admin`.',
    }),
  })
  .openapi('CreateUploadGrant');

const secret = z.string().nullable();
const GrantBody = z
  .object({
    id: z.uuid(),
    token: secret.openapi({ description: 'Shown once; null in the answer to a repetition.' }),
    companionUrl: secret.openapi({
      description: "`companionEndpoint` of Uppy 6's aws-s3 plugin, `endpoint` of Uppy 5's.",
    }),
    tusUrl: secret.openapi({ description: '`endpoint` of a tus client that sends no bearer.' }),
    policy: z.string(),
    uploadsLeft: z.int(),
    expiresAt: z.iso.datetime(),
  })
  .openapi('UploadGrant');

const GrantParams = z.object({ grantId: z.uuid().openapi({ param: { name: 'grantId', in: 'path' } }) });

const create = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/upload-grants',
  operationId: 'createUploadGrant',
  summary: 'Let somebody upload without a bearer token',
  description:
    'For pages whose upload client can send no header: give them the address that the answer holds. It begins uploads for you, and nothing else.',
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateGrantBody, { required: false }) },
  responses: {
    201: jsonContent(GrantBody, 'The grant, with its secret.'),
    ...problems('unauthenticated', 'forbidden', ...BODY_PROBLEMS, 'policy_unknown', ...IDEMPOTENCY_PROBLEMS),
  },
});

const remove = createRoute({
  ...OWNERS,
  method: 'delete',
  path: '/api/upload-grants/{grantId}',
  operationId: 'deleteUploadGrant',
  summary: 'Withdraw an upload grant',
  description: 'No upload begins with it any more; those that have begun go on. Safe to repeat.',
  request: { params: GrantParams },
  responses: { 204: { description: 'Gone.' }, ...problems('unauthenticated', 'not_found') },
});

/** Upload grants: made by an owner, used by whoever holds them. */
export function grantRoutes(platform: Platform) {
  const { PUBLIC_URL } = platform.config;
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  // Of its own, so that these answer as the rest of the API and not in Companion's form.
  app.onError((error, c) => answerError(error, c));
  app.use('/api/upload-grants/*', authentication(platform), jsonGate({ maxBytes: BODY_MAX_BYTES }));

  function grantBody({ token, expiresAt, ...grant }: UploadGrantView): z.infer<typeof GrantBody> {
    return {
      ...grant,
      token,
      companionUrl: token && `${PUBLIC_URL}/uppy/${token}`,
      tusUrl: token && `${PUBLIC_URL}/api/tus/${token}`,
      expiresAt: expiresAt.toISOString(),
    };
  }

  app.openapi(create, (c) => {
    // A body that is left out is not looked at by the validator.
    const { policy, ...input } = CreateGrantBody.parse(c.req.valid('json'));
    return once(c, {
      async run() {
        const grant = await createUploadGrant(c.get('context'), { ...input, ...definedMembers({ policy }) });
        return { resourceId: grant.id, answer: c.json(grantBody(grant), 201) };
      },
      again: async (grantId) => c.json(grantBody(await getUploadGrant(c.get('context'), { grantId })), 201),
    });
  });
  app.openapi(remove, async (c) => {
    await deleteUploadGrant(c.get('context'), c.req.valid('param'));
    return c.body(null, 204);
  });
  return app;
}
