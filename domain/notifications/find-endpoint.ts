import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { Actor } from '../context.ts';
import { DomainError } from '../errors.ts';
import { WebhookEndpoint } from './webhook-endpoint.entity.ts';

/** The endpoints are of this owner; the deployment's own is for the admin scope. */
export function endpointsOf(actor: Actor): { ownerId: string; seesIngest: boolean } {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Webhook endpoints belong to an owner');
  return { ownerId: actor.ownerId, seesIngest: actor.scopes.includes('admin') };
}

/** Throws DomainError `webhook_endpoint_not_found`, for a foreign one too. */
export async function findEndpoint(
  em: EntityManager,
  actor: Actor,
  endpointId: string,
): Promise<WebhookEndpoint> {
  return mustSee(await em.findOne(WebhookEndpoint, { id: endpointId }), actor, endpointId);
}

/**
 * Locks an endpoint that its owner wants to change until the transaction ends. Throws DomainError
 * `webhook_endpoint_not_found`; `forbidden` for the deployment's own, which only the configuration changes.
 */
export async function lockEndpoint(
  tx: EntityManager,
  actor: Actor,
  endpointId: string,
): Promise<WebhookEndpoint> {
  const lockMode = LockMode.PESSIMISTIC_WRITE;
  const found = await tx.findOne(WebhookEndpoint, { id: endpointId }, { lockMode });
  const endpoint = mustSee(found, actor, endpointId);
  if (endpoint.kind === 'ingest')
    throw new DomainError('forbidden', 'The ingest endpoint is what INGEST_URL and INGEST_TOKEN say');
  return endpoint;
}

function mustSee(endpoint: WebhookEndpoint | null, actor: Actor, endpointId: string): WebhookEndpoint {
  const { ownerId, seesIngest } = endpointsOf(actor);
  const isVisible = endpoint?.kind === 'ingest' ? seesIngest : endpoint?.ownerId === ownerId;
  if (endpoint && isVisible) return endpoint;
  throw new DomainError('webhook_endpoint_not_found', `There is no webhook endpoint ${endpointId}`);
}
