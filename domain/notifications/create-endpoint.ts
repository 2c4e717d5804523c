import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { type EndpointView, presentEndpoint } from './endpoint-view.ts';
import type { EventType } from './event-types.ts';
import { endpointsOf } from './find-endpoint.ts';
import { refuseUnlessCallable } from './refuse-unless-callable.ts';
import { WebhookEndpoint } from './webhook-endpoint.entity.ts';
import { newWebhookSecret } from './webhook-secret.ts';

export interface CreateEndpoint {
  readonly url: string;
  /** Empty: all of them, and those to come. */
  readonly events?: readonly EventType[];
  readonly description?: string | null;
}

/**
 * Registers where an owner is told of events. The secret is answered here and never again.
 * Throws DomainError `webhook_url_forbidden`, `too_many_endpoints`.
 */
export async function createEndpoint(
  context: Needs<'em' | 'actor' | 'webhooks' | 'settings' | 'now'>,
  { url, events = [], description = null }: CreateEndpoint,
): Promise<{ endpoint: EndpointView; secret: string }> {
  const { em, actor, webhooks, settings } = context;
  const { ownerId } = endpointsOf(actor);
  refuseUnlessCallable(webhooks, url);
  const secret = newWebhookSecret();
  const created = await transaction(em, async (tx) => {
    // One after the other for an owner, so that two at once do not both take the last place.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`webhook-endpoints:${ownerId}`}, 0))`.execute(
      tx.getKysely(),
    );
    const limit = settings.webhooks.endpointsPerOwner;
    if ((await tx.count(WebhookEndpoint, { ownerId })) >= limit)
      throw new DomainError('too_many_endpoints', `An owner may have ${limit} webhook endpoints`);
    return tx.create(WebhookEndpoint, { ownerId, url, events: [...new Set(events)], description, secret });
  });
  return { endpoint: presentEndpoint(context, created), secret };
}
