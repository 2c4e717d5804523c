import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { enqueueAnnouncement } from './end-playlist.ts';

/** A video has ended: its playlist, where it belongs to one, may have ended with it. */
export async function announceWhenEnded(
  context: Needs<'enqueue'>,
  tx: EntityManager,
  videoId: string,
): Promise<void> {
  const rows = await tx.execute<{ playlist_id: string }[]>(
    'select playlist_id from playlist_entries where video_id = ?',
    [videoId],
  );
  for (const { playlist_id } of rows) await enqueueAnnouncement(context, tx, playlist_id);
}
