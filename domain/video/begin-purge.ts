import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { lockVideoRow } from './lock-video.ts';

/** Until then a deleted video can be brought back. */
export function graceEndsAt({ settings }: Needs<'settings'>, deletedAt: Date): Date {
  return new Date(deletedAt.getTime() + settings.deleteGraceSeconds * 1000);
}

/**
 * Takes a deleted video for good: from this commit on nothing brings it back, so that no object of a living one is ever
 * removed. Whoever comes while the grace lasts is sent back to its end.
 *
 * @returns when it was deleted, or null when there is nothing to purge: it was brought back, is gone, or has time left
 */
export function beginPurge(
  context: Needs<'em' | 'enqueue' | 'settings' | 'now'>,
  videoId: string,
): Promise<Date | null> {
  const { em, enqueue, now } = context;
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, videoId);
    if (!video?.deletedAt) return null;
    const runAt = graceEndsAt(context, video.deletedAt);
    if (video.purgeBegunAt == null && now() < runAt) {
      await enqueue(tx, 'purge-video', { videoId }, { key: `purge:${videoId}`, runAt });
      return null;
    }
    video.purgeBegunAt ??= now();
    return video.deletedAt;
  });
}
