import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { WebhookOutcome } from '#providers/webhooks/webhook-sender.ts';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import type { ClaimedDelivery } from './claim-delivery.ts';
import { type DisabledReason, noteFailure, noteSuccess } from './endpoint-standing.ts';
import { enqueueDelivery } from './enqueue-delivery.ts';
import { retryWaitSeconds } from './retry-wait.ts';
import { WebhookAttempt } from './webhook-attempt.entity.ts';
import { WebhookDelivery } from './webhook-delivery.entity.ts';

type Context = Needs<'em' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

const EXCERPT_MAX_CHARACTERS = 1000;
/** Owners may send a delivery again as often as they like: the log keeps the newest attempts. */
const ATTEMPTS_KEPT = 100;

export interface SettledAttempt {
  readonly startedAt: Date;
  readonly outcome: WebhookOutcome;
  /** What the receiver was sent and may have sent back: kept out of the log. */
  readonly secrets: readonly string[];
}

/** What an attempt came to. */
interface Verdict {
  readonly status: number | null;
  /** A stable code; null after a 2xx. */
  readonly error: string | null;
  readonly said: string | null;
  readonly retryAfterSeconds: number | null;
}

/**
 * Writes down what came of an attempt, and what follows: the end, or the next attempt. A worker that comes after its claim
 * was taken over logs its attempt; only a success of it still counts.
 */
export async function settleDelivery(
  context: Context,
  claimed: ClaimedDelivery,
  { startedAt, outcome, secrets }: SettledAttempt,
): Promise<void> {
  const { em, metrics, log, now } = context;
  const { deliveryId, number, endpoint } = claimed;
  const verdict = verdictOf(outcome);
  const delivered = verdict.error === null;
  const settled = await transaction(em, async (tx) => {
    // The endpoint before its delivery, as its deletion locks them.
    const disabled = delivered
      ? await noteSuccess(tx, endpoint.id)
      : await noteFailure(context, tx, endpoint.id, { isGone: verdict.status === 410 });
    const lockMode = LockMode.PESSIMISTIC_WRITE;
    const delivery = await tx.findOne(WebhookDelivery, { id: deliveryId }, { lockMode });
    if (!delivery) return { ended: false, disabled };
    await writeAttempt(tx, {
      deliveryId,
      number,
      startedAt,
      durationMs: Math.max(0, now().getTime() - startedAt.getTime()),
      status: verdict.status,
      error: verdict.error,
      answerExcerpt: verdict.said === null ? null : excerptOf(verdict.said, secrets),
    });
    if (delivery.state !== 'PENDING') return { ended: false, disabled };
    if (delivered) end(delivery, 'DELIVERED', now());
    else if (delivery.attempts === number) await planNext(context, tx, delivery, verdict, disabled);
    return { ended: delivery.endedAt != null, disabled };
  });
  metrics.webhookSent(endpoint.kind, delivered ? 'delivered' : settled.ended ? 'exhausted' : 'failed');
  const fields = {
    deliveryId,
    endpointId: endpoint.id,
    number,
    status: verdict.status,
    error: verdict.error,
  };
  if (!delivered) log.info(fields, 'webhook not delivered');
  if (settled.disabled === null) return;
  metrics.webhookSent(endpoint.kind, 'disabled');
  log.warn({ ...fields, reason: settled.disabled }, 'webhook endpoint disabled');
}

function verdictOf(outcome: WebhookOutcome): Verdict {
  if ('failure' in outcome)
    return { status: null, error: outcome.failure, said: outcome.detail, retryAfterSeconds: null };
  const { status, excerpt, retryAfterSeconds } = outcome;
  const error = status >= 200 && status < 300 ? null : status >= 300 && status < 400 ? 'redirect' : 'status';
  // Elsewhere the header means other things (RFC 9110 section 10.2.3).
  const mayAsk = status === 429 || status === 503;
  return { status, error, said: excerpt, retryAfterSeconds: mayAsk ? retryAfterSeconds : null };
}

function end(delivery: WebhookDelivery, state: 'DELIVERED' | 'FAILED', now: Date): void {
  delivery.state = state;
  delivery.endedAt = now;
  delivery.nextAttemptAt = null;
  delivery.claimedUntil = null;
}

async function planNext(
  context: Context,
  tx: EntityManager,
  delivery: WebhookDelivery,
  { retryAfterSeconds }: Verdict,
  disabled: DisabledReason | null,
): Promise<void> {
  const { settings, now } = context;
  const { attempts } = delivery;
  const waitSeconds = retryWaitSeconds(settings.webhooks, { attempts, retryAfterSeconds });
  if (waitSeconds === null || disabled !== null) {
    end(delivery, 'FAILED', now());
    return;
  }
  const runAt = new Date(now().getTime() + waitSeconds * 1000);
  delivery.nextAttemptAt = runAt;
  delivery.claimedUntil = null;
  await enqueueDelivery(context, tx, { deliveryId: delivery.id, runAt });
}

async function writeAttempt(tx: EntityManager, attempt: Omit<WebhookAttempt, 'id' | symbol>): Promise<void> {
  tx.create(WebhookAttempt, attempt);
  const { deliveryId, number } = attempt;
  await tx.nativeDelete(WebhookAttempt, { deliveryId, number: { $lte: number - ATTEMPTS_KEPT } });
}

/** A receiver may send back what it was sent. */
function excerptOf(said: string, secrets: readonly string[]): string {
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), said);
  return clean.slice(0, EXCERPT_MAX_CHARACTERS);
}
