import { randomUUID } from 'node:crypto';
import { deliverWebhook } from '#domain/notifications/deliver-webhook.ts';
import { recordMessage } from '#domain/notifications/record-message.ts';
import { WebhookEndpoint } from '#domain/notifications/webhook-endpoint.entity.ts';
import { newWebhookSecret } from '#domain/notifications/webhook-secret.ts';
import { transaction } from '#domain/transaction.ts';
import type { Stage } from '#test/domain/stage.ts';

export interface OwnedEndpoint {
  readonly ownerId: string;
  readonly endpointId: string;
  readonly secret: string;
}

/** An endpoint of a new owner, unless told otherwise. */
export async function ownedEndpoint(
  stage: Stage,
  url: string,
  ownerId: string = randomUUID(),
): Promise<OwnedEndpoint> {
  const { em } = stage.system();
  const secret = newWebhookSecret();
  const { id: endpointId } = em.create(WebhookEndpoint, { ownerId, url, events: [], secret });
  await em.flush();
  return { ownerId, endpointId, secret };
}

/** Something happens to a video of the owner. Answers the ids of its deliveries. */
export async function happens(
  stage: Stage,
  ownerId: string,
  data: Record<string, unknown> = { title: 'Tür 🚪' },
): Promise<string[]> {
  const context = stage.system();
  const dedupeKey = randomUUID();
  await transaction(context.em, (tx) =>
    recordMessage(context, tx, { ownerId, type: 'video.asset.ready', dedupeKey, videoId: null, data }),
  );
  const rows = await stage.sql<{ id: string }>(
    `select d.id from webhook_deliveries d join webhook_messages m on m.id = d.message_id where m.dedupe_key = ?`,
    [dedupeKey],
  );
  return rows.map(({ id }) => id);
}

export interface DeliveryRow {
  readonly state: string;
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly claimed_until: string | null;
  readonly ended_at: string | null;
  readonly message_id: string;
}

export interface AttemptRow {
  readonly number: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer_excerpt: string | null;
}

export const deliveryRow = (stage: Stage, id: string): Promise<DeliveryRow> =>
  stage.row<DeliveryRow>('webhook_deliveries', id);

export const attemptRows = (stage: Stage, deliveryId: string): Promise<AttemptRow[]> =>
  stage.sql('select * from webhook_attempts where delivery_id = ? order by number, started_at', [deliveryId]);

/** What happens to deliveries, one by one. */
export function deliverySteps(stage: Stage) {
  const deliver = (deliveryId: string) => deliverWebhook(stage.system(), { deliveryId });

  /** One message to one endpoint at a receiver. */
  async function begun(url: string): Promise<OwnedEndpoint & { readonly deliveryId: string }> {
    const endpoint = await ownedEndpoint(stage, url);
    const [deliveryId = ''] = await happens(stage, endpoint.ownerId);
    return { ...endpoint, deliveryId };
  }

  /** Runs the job that waits for this delivery, at the time for which it waits. Answers how long that was, in seconds. */
  async function deliverWhenDue(deliveryId: string): Promise<number> {
    const [job] = await stage.queue('deliver-webhook', { deliveryId });
    if (!job) throw new Error('No attempt is queued');
    const waitSeconds = (new Date(job.runAt).getTime() - stage.now().getTime()) / 1000;
    stage.passSeconds(Math.max(0, waitSeconds) + 0.01);
    await stage.sql('delete from graphile_worker._private_jobs where id = ?', [job.id]);
    await deliver(deliveryId);
    return waitSeconds;
  }

  return { begun, deliver, deliverWhenDue };
}
