import type { Needs } from '../context.ts';
import { etagOf } from '../etag.ts';
import type { DisabledReason } from './endpoint-standing.ts';
import type { EventType } from './event-types.ts';
import type { WebhookEndpoint } from './webhook-endpoint.entity.ts';

/** An endpoint as its owner sees it: everything but its secrets. */
export interface EndpointView {
  readonly id: string;
  readonly kind: 'standard' | 'ingest';
  readonly url: string;
  readonly description: string | null;
  /** Empty: all of them. */
  readonly events: readonly EventType[];
  readonly enabled: boolean;
  readonly disabledAt: Date | null;
  readonly disabledReason: DisabledReason | null;
  /** Since when nothing has succeeded; null while it works. */
  readonly failingSince: Date | null;
  /** Until when the secret before this one signs too; null when there is none. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Validator of what a change can change, for If-Match. */
  readonly etag: string;
}

export function presentEndpoint(
  { settings, now }: Needs<'settings' | 'now'>,
  endpoint: WebhookEndpoint,
): EndpointView {
  const overlapUntil = endpoint.previousSecretUntil ?? null;
  return {
    id: endpoint.id,
    kind: endpoint.kind,
    url: endpoint.url,
    description: endpoint.description ?? null,
    events: endpoint.events,
    enabled: endpoint.kind === 'ingest' ? settings.ingest !== null : endpoint.disabledAt == null,
    disabledAt: endpoint.disabledAt ?? null,
    disabledReason: (endpoint.disabledReason as DisabledReason | null | undefined) ?? null,
    failingSince: endpoint.failingSince ?? null,
    previousSecretUntil: overlapUntil !== null && overlapUntil > now() ? overlapUntil : null,
    createdAt: endpoint.createdAt,
    updatedAt: endpoint.updatedAt,
    etag: endpointEtag(endpoint),
  };
}

/** Failures and secrets come and go under it; that it was disabled does not. */
export function endpointEtag({ url, events, description, disabledAt }: WebhookEndpoint): string {
  return etagOf([url, events, description ?? null, disabledAt == null]);
}
