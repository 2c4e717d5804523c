import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';

/** Behind everything that moves a video: receivers are slow, and wait themselves. */
const PRIORITY = 10;

/** Queues the next attempt of a delivery. It has one job at most: a later call replaces one that has not started. */
export async function enqueueDelivery(
  { enqueue }: Needs<'enqueue'>,
  tx: EntityManager,
  { deliveryId, runAt }: { deliveryId: string; runAt?: Date },
): Promise<void> {
  await enqueue(
    tx,
    'deliver-webhook',
    { deliveryId },
    { key: `deliver:${deliveryId}`, priority: PRIORITY, ...(runAt && { runAt }) },
  );
}
