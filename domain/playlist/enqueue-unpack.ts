import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';

/** Behind what other owners wait for: an archive takes a worker's slot for a while. */
const PRIORITY = 5;

/** The key by which a job that waits is found and replaced. */
export const UNPACK_KEY_PREFIX = 'unpack:';

/** Has an archive unpacked, or unpacked further. */
export async function enqueueUnpack(
  { enqueue }: Needs<'enqueue'>,
  tx: EntityManager,
  { playlistId, runAt }: { playlistId: string; runAt?: Date },
): Promise<void> {
  const options = { key: `${UNPACK_KEY_PREFIX}${playlistId}`, priority: PRIORITY, ...(runAt && { runAt }) };
  await enqueue(tx, 'unpack-archive', { playlistId }, options);
}
