import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { type EndpointView, presentEndpoint } from './endpoint-view.ts';
import { lockEndpoint } from './find-endpoint.ts';
import { newWebhookSecret } from './webhook-secret.ts';

/**
 * Gives an endpoint a new secret, answered here and never again. The one before signs too until the overlap ends; the one
 * before that does not.
 *
 * Throws DomainError `webhook_endpoint_not_found`, `forbidden`.
 */
export async function rotateSecret(
  context: Needs<'em' | 'actor' | 'settings' | 'now'>,
  { endpointId, overlapSeconds }: { endpointId: string; overlapSeconds?: number },
): Promise<{ endpoint: EndpointView; secret: string }> {
  const { em, actor, settings, now } = context;
  const overlap = overlapSeconds ?? settings.webhooks.secretOverlapSeconds;
  const secret = newWebhookSecret();
  const changed = await transaction(em, async (tx) => {
    const endpoint = await lockEndpoint(tx, actor, endpointId);
    endpoint.previousSecret = overlap > 0 ? (endpoint.secret ?? null) : null;
    endpoint.previousSecretUntil = overlap > 0 ? new Date(now().getTime() + overlap * 1000) : null;
    endpoint.secret = secret;
    return endpoint;
  });
  return { endpoint: presentEndpoint(context, changed), secret };
}
