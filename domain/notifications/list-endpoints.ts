import type { Needs } from '../context.ts';
import { type EndpointView, presentEndpoint } from './endpoint-view.ts';
import { endpointsOf } from './find-endpoint.ts';
import { WebhookEndpoint } from './webhook-endpoint.entity.ts';

/** All endpoints of the owner, oldest first; for the admin scope the deployment's own as well. */
export async function listEndpoints(
  context: Needs<'em' | 'actor' | 'settings' | 'now'>,
): Promise<EndpointView[]> {
  const { ownerId, seesIngest } = endpointsOf(context.actor);
  const where = seesIngest ? { $or: [{ ownerId }, { kind: 'ingest' as const }] } : { ownerId };
  const orderBy = { createdAt: 'asc', id: 'asc' } as const;
  const endpoints = await context.em.fork().find(WebhookEndpoint, where, { orderBy });
  return endpoints.map((endpoint) => presentEndpoint(context, endpoint));
}
