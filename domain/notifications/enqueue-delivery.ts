import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';

/** Behind everything that moves a video: receivers are slow, and wait themselves. */
const PRIORITY = 10;
/** What comes of owners with no crowd goes first, however long the crowd is. */
const CROWD_PRIORITY = 11;

/**
 * Queues the next attempt of a delivery. It has one job at most: a later call replaces one that has not started.
 *
 * @param isBehindOthers its owner has as many calls under way as one owner may have
 */
export async function enqueueDelivery(
  { enqueue }: Needs<'enqueue'>,
  tx: EntityManager,
  {
    deliveryId,
    runAt,
    isBehindOthers = false,
  }: { deliveryId: string; runAt?: Date; isBehindOthers?: boolean },
): Promise<void> {
  await enqueue(
    tx,
    'deliver-webhook',
    { deliveryId },
    {
      key: `deliver:${deliveryId}`,
      priority: isBehindOthers ? CROWD_PRIORITY : PRIORITY,
      ...(runAt && { runAt }),
    },
  );
}
