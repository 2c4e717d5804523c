import type { WebhookOutcome } from '#providers/webhooks/webhook-sender.ts';
import type { Needs } from '../context.ts';
import { type ClaimedDelivery, claimDelivery } from './claim-delivery.ts';
import { settleDelivery } from './settle-delivery.ts';
import { signatureHeaders } from './webhook-secret.ts';

type Context = Needs<'em' | 'webhooks' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

const USER_AGENT = 'Sluice-Webhooks/1';

/**
 * One attempt to deliver a message: claimed, called outside any transaction, settled. A worker that dies in between, or
 * cannot commit, has the receiver called again with the same `webhook-id`: receivers see a message at least once.
 */
export async function deliverWebhook(
  context: Context,
  { deliveryId }: { deliveryId: string },
): Promise<void> {
  const claimed = await claimDelivery(context, deliveryId);
  if (claimed === null) return;
  const startedAt = context.now();
  const { headers, secrets } = headersOf(context, claimed, startedAt);
  const outcome = await call(context, claimed, headers);
  await settleDelivery(context, claimed, { startedAt, outcome, secrets });
}

function call(
  { webhooks, settings }: Context,
  { endpoint, message }: ClaimedDelivery,
  headers: Record<string, string>,
): Promise<WebhookOutcome> {
  const isOperators = endpoint.kind === 'ingest';
  return webhooks.send({
    url: isOperators ? (settings.ingest?.url ?? endpoint.url) : endpoint.url,
    headers: { 'Content-Type': 'application/json', 'User-Agent': USER_AGENT, ...headers },
    body: message.body,
    timeoutSeconds: settings.webhooks.timeoutSeconds,
    reach: isOperators ? 'anywhere' : 'public',
  });
}

/** How the receiver knows us, and what of it must never be seen again. */
function headersOf(
  { settings }: Context,
  { endpoint, message }: ClaimedDelivery,
  now: Date,
): { headers: Record<string, string>; secrets: string[] } {
  if (endpoint.kind === 'ingest') {
    const token = settings.ingest?.token ?? null;
    const headers = { 'webhook-id': message.id, ...(token && { Authorization: `Bearer ${token}` }) };
    return { headers, secrets: token === null ? [] : [token] };
  }
  const secrets = [endpoint.secret ?? ''];
  if (endpoint.previousSecret && endpoint.previousSecretUntil && endpoint.previousSecretUntil > now)
    secrets.push(endpoint.previousSecret);
  const headers = signatureHeaders({ id: message.id, body: message.body, secrets }, now);
  return { headers, secrets };
}
