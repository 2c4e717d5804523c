import type { WebhookSender } from '#providers/webhooks/webhook-sender.ts';
import { DomainError } from '../errors.ts';

/** Throws DomainError `webhook_url_forbidden`. What a name leads to is checked at each call. */
export function refuseUnlessCallable(webhooks: Pick<WebhookSender, 'refusalOf'>, url: string): void {
  const refusal = webhooks.refusalOf(url);
  if (refusal === null) return;
  throw new DomainError('webhook_url_forbidden', refusal, { fields: [{ field: 'url', message: refusal }] });
}
