import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { IfMatchHeaders } from '#api/openapi/if-match.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { createEndpoint } from '#domain/notifications/create-endpoint.ts';
import { deleteEndpoint } from '#domain/notifications/delete-endpoint.ts';
import { getEndpoint } from '#domain/notifications/get-endpoint.ts';
import { listEndpoints } from '#domain/notifications/list-endpoints.ts';
import { rotateSecret } from '#domain/notifications/rotate-secret.ts';
import { updateEndpoint } from '#domain/notifications/update-endpoint.ts';
import { endpointBody } from './present.ts';
import {
  CreateEndpointBody,
  Endpoint,
  EndpointList,
  EndpointParams,
  EndpointWithSecret,
  RotateSecretBody,
  UpdateEndpointBody,
} from './schemas.ts';

const OWNERS = { tags: ['Webhook endpoints'], security: [{ bearer: [] }] };
const NOT_THERE = ['unauthenticated', 'webhook_endpoint_not_found'] as const;

const create = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/webhook-endpoints',
  operationId: 'createWebhookEndpoint',
  summary: 'Register where to be told of events',
  description: 'A public https:// address. The secret, which verifies what arrives, is shown this once.',
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateEndpointBody) },
  responses: {
    201: jsonContent(EndpointWithSecret, 'Registered.', 'Location'),
    ...problems(
      'unauthenticated',
      ...BODY_PROBLEMS,
      'webhook_url_forbidden',
      'too_many_endpoints',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

const list = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/webhook-endpoints',
  operationId: 'listWebhookEndpoints',
  summary: 'List your endpoints',
  description: 'All of them, oldest first: there are 20 at most.',
  responses: { 200: jsonContent(EndpointList, 'All of them.'), ...problems('unauthenticated') },
});

const read = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/webhook-endpoints/{endpointId}',
  operationId: 'getWebhookEndpoint',
  summary: 'Read an endpoint',
  request: { params: EndpointParams },
  responses: { 200: jsonContent(Endpoint, 'The endpoint.', 'ETag'), ...problems(...NOT_THERE) },
});

const update = createRoute({
  ...OWNERS,
  method: 'patch',
  path: '/api/webhook-endpoints/{endpointId}',
  operationId: 'updateWebhookEndpoint',
  summary: 'Change an endpoint, disable it, or enable it again',
  description:
    'What waits to be delivered goes to the new address. With `If-Match` only while nobody else changed it.',
  request: { params: EndpointParams, headers: IfMatchHeaders, body: jsonBody(UpdateEndpointBody) },
  responses: {
    200: jsonContent(Endpoint, 'Changed.', 'ETag'),
    ...problems(...NOT_THERE, ...BODY_PROBLEMS, 'forbidden', 'webhook_url_forbidden', 'precondition_failed'),
  },
});

const remove = createRoute({
  ...OWNERS,
  method: 'delete',
  path: '/api/webhook-endpoints/{endpointId}',
  operationId: 'deleteWebhookEndpoint',
  summary: 'Delete an endpoint',
  description: 'With what waits for it, and its log.',
  request: { params: EndpointParams },
  responses: { 204: { description: 'Deleted.' }, ...problems(...NOT_THERE, 'forbidden') },
});

const rotate = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/webhook-endpoints/{endpointId}/rotate-secret',
  operationId: 'rotateWebhookSecret',
  summary: 'Give an endpoint a new secret',
  description: 'The one before signs too until the overlap ends. `overlapSeconds: 0` ends it at once.',
  request: {
    params: EndpointParams,
    headers: IdempotencyHeaders,
    body: jsonBody(RotateSecretBody, { required: false }),
  },
  responses: {
    200: jsonContent(EndpointWithSecret, 'The new secret.'),
    ...problems(...NOT_THERE, ...BODY_PROBLEMS, 'forbidden', ...IDEMPOTENCY_PROBLEMS),
  },
});

/** The endpoints themselves. */
export function endpointRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(create, async (c) => {
      const context = c.get('context');
      const show = (endpoint: Parameters<typeof endpointBody>[0], secret: string | null) => {
        c.header('Location', `/api/webhook-endpoints/${endpoint.id}`);
        return c.json({ ...endpointBody(endpoint), secret }, 201);
      };
      return once(c, {
        async run() {
          const { endpoint, secret } = await createEndpoint(context, definedMembers(c.req.valid('json')));
          return { resourceId: endpoint.id, answer: show(endpoint, secret) };
        },
        again: async (endpointId) => show(await getEndpoint(context, { endpointId }), null),
      });
    })
    .openapi(list, async (c) => {
      const endpoints = await listEndpoints(c.get('context'));
      return c.json({ items: endpoints.map(endpointBody) }, 200);
    })
    .openapi(read, async (c) => {
      const endpoint = await getEndpoint(c.get('context'), c.req.valid('param'));
      c.header('ETag', endpoint.etag);
      return c.json(endpointBody(endpoint), 200);
    })
    .openapi(update, async (c) => {
      const { 'if-match': ifMatch } = c.req.valid('header');
      const changes = definedMembers({ ...c.req.valid('json'), ifMatch });
      const endpoint = await updateEndpoint(c.get('context'), { ...c.req.valid('param'), ...changes });
      c.header('ETag', endpoint.etag);
      return c.json(endpointBody(endpoint), 200);
    })
    .openapi(remove, async (c) => {
      await deleteEndpoint(c.get('context'), c.req.valid('param'));
      return c.body(null, 204);
    })
    .openapi(rotate, async (c) => {
      const context = c.get('context');
      const { endpointId } = c.req.valid('param');
      const { overlapSeconds } = c.req.valid('json') ?? {};
      return once(c, {
        async run() {
          const input = definedMembers({ endpointId, overlapSeconds });
          const { endpoint, secret } = await rotateSecret(context, input);
          return { resourceId: endpointId, answer: c.json({ ...endpointBody(endpoint), secret }, 200) };
        },
        again: async () =>
          c.json({ ...endpointBody(await getEndpoint(context, { endpointId })), secret: null }, 200),
      });
    });
}
