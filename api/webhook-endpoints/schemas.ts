import { z } from '@hono/zod-openapi';
import { idCursor, pageLimit } from '#api/openapi/paging.ts';
import { DISABLED_REASONS } from '#domain/notifications/endpoint-standing.ts';
import { EVENT_TYPES } from '#domain/notifications/event-types.ts';
import { DELIVERY_STATES } from '#domain/notifications/webhook-delivery.entity.ts';
import { WEBHOOK_ENDPOINT_KINDS } from '#domain/notifications/webhook-endpoint.entity.ts';

const URL_LENGTH_MAX = 2048;
const DESCRIPTION_LENGTH_MAX = 500;
const OVERLAP_MAX_SECONDS = 7 * 86_400;
const ID = '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5';

const moment = z.iso.datetime().openapi({ example: '2026-01-22T03:00:00.000Z' });
const url = z
  .string()
  .min(1)
  .max(URL_LENGTH_MAX)
  .openapi({ format: 'uri', example: 'https://example.com/hooks/sluice' });
const events = z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length).openapi({
  description: 'Which events to send. Empty: all of them, and those to come.',
});
const description = z.string().max(DESCRIPTION_LENGTH_MAX).nullable().openapi({ example: 'Staging' });

export const EndpointParams = z.object({
  endpointId: z.uuid().openapi({ param: { name: 'endpointId', in: 'path' }, example: ID }),
});
export const DeliveryParams = EndpointParams.extend({
  deliveryId: z.uuid().openapi({ param: { name: 'deliveryId', in: 'path' }, example: ID }),
});

export const CreateEndpointBody = z
  .strictObject({ url, events: events.optional(), description: description.optional() })
  .openapi('CreateWebhookEndpoint');

export const UpdateEndpointBody = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: z.boolean().optional().openapi({
      description: '`true` lets an endpoint that was disabled begin anew.',
    }),
  })
  .refine((body) => Object.keys(body).length > 0, 'must name what changes')
  .openapi('UpdateWebhookEndpoint', { minProperties: 1 });

export const RotateSecretBody = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(OVERLAP_MAX_SECONDS).optional().openapi({
      description: 'How long the secret before signs too. A day, unless told otherwise.',
    }),
  })
  .openapi('RotateWebhookSecret');

export const EmptyBody = z.strictObject({}).openapi('Empty');

const endpoint = {
  id: z.uuid().openapi({ example: ID }),
  kind: z.enum(WEBHOOK_ENDPOINT_KINDS).openapi({
    description: '`ingest` is the deployment`s own, from its configuration; the admin scope sees it.',
  }),
  url,
  description,
  events,
  enabled: z.boolean(),
  disabledAt: moment.nullable(),
  disabledReason: z.enum(DISABLED_REASONS).nullable().openapi({
    description: '`gone`: it answered 410. `failing`: nothing succeeded for days.',
  }),
  failingSince: moment.nullable().openapi({
    description: 'Since when nothing has succeeded; null while it works.',
  }),
  previousSecretUntil: moment.nullable().openapi({
    description: 'Until when the secret before this one signs too.',
  }),
  createdAt: moment,
  updatedAt: moment,
};

export const Endpoint = z.object(endpoint).openapi('WebhookEndpoint');

export const EndpointWithSecret = z
  .object({
    ...endpoint,
    secret: z.string().nullable().openapi({
      description: 'Shown this once. Null where the answer is repeated for an `Idempotency-Key`.',
      example: 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=',
    }),
  })
  .openapi('WebhookEndpointWithSecret');

export const EndpointList = z.object({ items: z.array(Endpoint) }).openapi('WebhookEndpointList');

export const ListDeliveriesQuery = z.strictObject({
  limit: pageLimit(),
  cursor: idCursor(),
  state: z
    .enum(DELIVERY_STATES)
    .optional()
    .openapi({ param: { name: 'state', in: 'query' } }),
});

const delivery = {
  id: z.uuid().openapi({ example: ID }),
  endpointId: z.uuid().openapi({ example: ID }),
  messageId: z.uuid().openapi({ description: '`webhook-id` of every attempt.', example: ID }),
  type: z.string().openapi({ example: 'video.asset.ready' }),
  videoId: z.uuid().nullable(),
  state: z.enum(DELIVERY_STATES),
  attemptCount: z.int(),
  nextAttemptAt: moment.nullable(),
  endedAt: moment.nullable(),
  createdAt: moment,
  attempts: z
    .array(
      z
        .object({
          number: z.int(),
          startedAt: moment,
          durationMs: z.int(),
          status: z.int().nullable().openapi({ description: 'Null where nobody answered.' }),
          error: z.string().nullable().openapi({
            description:
              'Null after a 2xx; else `status`, `redirect`, `timeout`, `refused`, `dns`, `tls`, `forbidden_address` or `connection`.',
          }),
          answerExcerpt: z.string().nullable().openapi({ description: 'The beginning of the answer.' }),
        })
        .openapi('WebhookAttempt'),
    )
    .openapi({ description: 'Oldest first: the newest 10 in a list, 100 in one delivery.' }),
};

export const Delivery = z
  .object({ ...delivery, body: z.string().nullable().openapi({ description: 'What was signed and sent.' }) })
  .openapi('WebhookDelivery');

export const DeliveryList = z
  .object({
    items: z.array(z.object(delivery).openapi('WebhookDeliveryListItem')),
    nextCursor: z.string().nullable().openapi({ description: 'Null on the last page.' }),
  })
  .openapi('WebhookDeliveryList');
