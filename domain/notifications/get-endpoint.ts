import type { Needs } from '../context.ts';
import { type EndpointView, presentEndpoint } from './endpoint-view.ts';
import { findEndpoint } from './find-endpoint.ts';

/** Throws DomainError `webhook_endpoint_not_found`. */
export async function getEndpoint(
  context: Needs<'em' | 'actor' | 'settings' | 'now'>,
  { endpointId }: { endpointId: string },
): Promise<EndpointView> {
  return presentEndpoint(context, await findEndpoint(context.em.fork(), context.actor, endpointId));
}
