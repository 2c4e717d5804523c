import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { presentEndpoint } from './endpoint-view.ts';
import type { WebhookEndpoint } from './webhook-endpoint.entity.ts';

/** Throws DomainError `webhook_endpoint_disabled`. */
export function refuseUnlessEnabled(context: Needs<'settings' | 'now'>, endpoint: WebhookEndpoint): void {
  const { enabled, disabledReason } = presentEndpoint(context, endpoint);
  if (!enabled)
    throw new DomainError('webhook_endpoint_disabled', 'This endpoint is disabled', {
      members: { disabledReason },
    });
}
