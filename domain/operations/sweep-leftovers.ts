import type { Needs } from '../context.ts';
import { removeOldCopies } from '../move/remove-old-copies.ts';
import { pruneMessages } from '../notifications/prune-messages.ts';
import { applyRetention } from './apply-retention.ts';
import { sweepCanary } from './sweep-canary.ts';
import { sweepRows } from './sweep-rows.ts';
import { sweepStorage } from './sweep-storage.ts';

/**
 * Removes what nobody needs any more: videos and rows whose time is over, then what no row of ours names in storage. Bounded work
 * a round, every hour; safe to run at any time, by several at once, and to be killed in the middle.
 */
export async function sweepLeftovers(
  context: Needs<'em' | 'storage' | 'storages' | 'enqueue' | 'settings' | 'log' | 'now'>,
): Promise<void> {
  const retired = await applyRetention(context);
  const canary = await sweepCanary(context);
  const rows = await sweepRows(context);
  const webhookMessages = await pruneMessages(context);
  const storage = await sweepStorage(context);
  const oldCopies = await removeOldCopies(context);
  context.log.info(
    {
      retired_videos: retired,
      canary_videos: canary,
      ...rows,
      webhook_messages: webhookMessages,
      ...storage,
      old_copies: oldCopies,
    },
    'leftovers swept',
  );
}
