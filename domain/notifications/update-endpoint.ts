import type { Needs } from '../context.ts';
import { refuseUnlessMatching } from '../etag.ts';
import { transaction } from '../transaction.ts';
import { type EndpointView, endpointEtag, presentEndpoint } from './endpoint-view.ts';
import type { EventType } from './event-types.ts';
import { lockEndpoint } from './find-endpoint.ts';
import { refuseUnlessCallable } from './refuse-unless-callable.ts';
import type { WebhookEndpoint } from './webhook-endpoint.entity.ts';

export interface UpdateEndpoint {
  readonly endpointId: string;
  readonly url?: string;
  readonly events?: readonly EventType[];
  readonly description?: string | null;
  /** `true` lets one that was disabled begin anew. */
  readonly enabled?: boolean;
  /** The If-Match header as it came. */
  readonly ifMatch?: string;
}

/**
 * Changes what is named. What waits to be delivered goes to the new address.
 * Throws DomainError `webhook_endpoint_not_found`, `forbidden`, `webhook_url_forbidden`, `precondition_failed`.
 */
export async function updateEndpoint(
  context: Needs<'em' | 'actor' | 'webhooks' | 'settings' | 'now'>,
  { endpointId, url, events, description, enabled, ifMatch }: UpdateEndpoint,
): Promise<EndpointView> {
  const { em, actor, webhooks } = context;
  const changed = await transaction(em, async (tx) => {
    const endpoint = await lockEndpoint(tx, actor, endpointId);
    refuseUnlessMatching(ifMatch, endpointEtag(endpoint), 'endpoint');
    if (url !== undefined && url !== endpoint.url) {
      refuseUnlessCallable(webhooks, url);
      endpoint.url = url;
      endpoint.failingSince = null;
    }
    if (events !== undefined) endpoint.events = [...new Set(events)];
    if (description !== undefined) endpoint.description = description;
    if (enabled !== undefined) switchTo(context, endpoint, enabled);
    return endpoint;
  });
  return presentEndpoint(context, changed);
}

function switchTo({ now }: Needs<'now'>, endpoint: WebhookEndpoint, enabled: boolean): void {
  if (enabled) {
    endpoint.disabledAt = null;
    endpoint.disabledReason = null;
    endpoint.failingSince = null;
  } else if (endpoint.disabledAt == null) {
    endpoint.disabledAt = now();
    endpoint.disabledReason = 'by_owner';
  }
}
