import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonBody, jsonContent } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { getDelivery } from '#domain/notifications/get-delivery.ts';
import { listDeliveries } from '#domain/notifications/list-deliveries.ts';
import { replayDelivery } from '#domain/notifications/replay-delivery.ts';
import { testEndpoint } from '#domain/notifications/test-endpoint.ts';
import { deliveryBody, deliveryItem } from './present.ts';
import {
  Delivery,
  DeliveryList,
  DeliveryParams,
  EmptyBody,
  EndpointParams,
  ListDeliveriesQuery,
} from './schemas.ts';

const OWNERS = { tags: ['Webhook endpoints'], security: [{ bearer: [] }] };
const NOT_THERE = ['unauthenticated', 'webhook_endpoint_not_found'] as const;

const list = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/webhook-endpoints/{endpointId}/deliveries',
  operationId: 'listWebhookDeliveries',
  summary: 'What went to an endpoint, and how',
  description: 'Newest first, 30 days back. Pass `nextCursor` on as `cursor` until it is null.',
  request: { params: EndpointParams, query: ListDeliveriesQuery },
  responses: { 200: jsonContent(DeliveryList, 'A page.'), ...problems(...NOT_THERE, 'invalid_request') },
});

const read = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/webhook-endpoints/{endpointId}/deliveries/{deliveryId}',
  operationId: 'getWebhookDelivery',
  summary: 'Read a delivery with its body and attempts',
  request: { params: DeliveryParams },
  responses: { 200: jsonContent(Delivery, 'The delivery.'), ...problems(...NOT_THERE, 'delivery_not_found') },
});

const replay = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/replay',
  operationId: 'replayWebhookDelivery',
  summary: 'Send a delivery once more, now',
  description: 'With the same `webhook-id` and the same body, whatever became of it.',
  request: {
    params: DeliveryParams,
    headers: IdempotencyHeaders,
    body: jsonBody(EmptyBody, { required: false }),
  },
  responses: {
    202: jsonContent(Delivery, 'The attempt is queued.'),
    ...problems(
      ...NOT_THERE,
      ...BODY_PROBLEMS,
      'delivery_not_found',
      'webhook_endpoint_disabled',
      'already_delivered',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

const tryOut = createRoute({
  ...OWNERS,
  method: 'post',
  path: '/api/webhook-endpoints/{endpointId}/test',
  operationId: 'testWebhookEndpoint',
  summary: 'Send an endpoint a test',
  description: 'An `endpoint.test`, whatever events it wants, signed and tried as any event is.',
  request: {
    params: EndpointParams,
    headers: IdempotencyHeaders,
    body: jsonBody(EmptyBody, { required: false }),
  },
  responses: {
    202: jsonContent(Delivery, 'It is queued.'),
    ...problems(
      ...NOT_THERE,
      ...BODY_PROBLEMS,
      'forbidden',
      'webhook_endpoint_disabled',
      ...IDEMPOTENCY_PROBLEMS,
    ),
  },
});

/** What went to an endpoint. */
export function deliveryRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook })
    .openapi(list, async (c) => {
      const { limit, cursor: before, state } = c.req.valid('query');
      const page = await listDeliveries(c.get('context'), {
        ...c.req.valid('param'),
        ...definedMembers({ limit, before, state }),
      });
      return c.json({ items: page.items.map(deliveryItem), nextCursor: page.nextBefore }, 200);
    })
    .openapi(read, async (c) =>
      c.json(deliveryBody(await getDelivery(c.get('context'), c.req.valid('param'))), 200),
    )
    .openapi(replay, async (c) => {
      const context = c.get('context');
      const params = c.req.valid('param');
      return once(c, {
        async run() {
          const delivery = await replayDelivery(context, params);
          return { resourceId: delivery.id, answer: c.json(deliveryBody(delivery), 202) };
        },
        again: async () => c.json(deliveryBody(await getDelivery(context, params)), 202),
      });
    })
    .openapi(tryOut, async (c) => {
      const context = c.get('context');
      const { endpointId } = c.req.valid('param');
      return once(c, {
        async run() {
          const delivery = await testEndpoint(context, { endpointId });
          return { resourceId: delivery.id, answer: c.json(deliveryBody(delivery), 202) };
        },
        again: async (deliveryId) =>
          c.json(deliveryBody(await getDelivery(context, { endpointId, deliveryId })), 202),
      });
    });
}
