import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { lockEndpoint } from './find-endpoint.ts';

/**
 * Removes an endpoint, what waits for it, and its log. Throws DomainError `webhook_endpoint_not_found`, `forbidden`.
 */
export async function deleteEndpoint(
  { em, actor }: Needs<'em' | 'actor'>,
  { endpointId }: { endpointId: string },
): Promise<void> {
  await transaction(em, async (tx) => {
    tx.remove(await lockEndpoint(tx, actor, endpointId));
  });
}
