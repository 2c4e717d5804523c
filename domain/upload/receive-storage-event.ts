import type { Needs } from '../context.ts';
import { ownerOfSourceKey, setPrefix } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { queueSet } from './check-set.ts';
import { UploadSession } from './upload-session.entity.ts';

/** An object that storage says was created. */
export interface CreatedObject {
  readonly bucket: string;
  /** As it is, not as a URL would spell it. */
  readonly key: string;
  /** True for a copy, which only we make. */
  readonly isCopy: boolean;
}

/**
 * Storage's own hint that objects arrived: queues one look into storage a session, and one an archive, and believes
 * nothing else of it. What is not ours, or what we wrote ourselves, is passed over. Safe to be told twice.
 *
 * @returns how many looks were queued
 */
export async function receiveStorageEvent(
  context: Needs<'em' | 'storages' | 'enqueue' | 'now'>,
  { created }: { created: readonly CreatedObject[] },
): Promise<number> {
  const { em, storages, enqueue } = context;
  const ours = [storages.own.sources.bucket, storages.second?.sources.bucket];
  const keysBySession = new Map<string, string[]>();
  const playlistIds = new Set<string>();
  for (const { bucket, key, isCopy } of created) {
    // A copy is ours: the very completion that such an event would start (R11).
    if (!ours.includes(bucket) || isCopy) continue;
    const owner = ownerOfSourceKey(key);
    if (owner?.kind === 'playlist') playlistIds.add(owner.playlistId);
    if (owner?.kind === 'session')
      keysBySession.set(owner.sessionId, [...(keysBySession.get(owner.sessionId) ?? []), key]);
  }
  if (keysBySession.size === 0 && playlistIds.size === 0) return 0;
  const sessions = await em.fork().find(UploadSession, { id: { $in: [...keysBySession.keys()] } });
  const awaited = sessions.filter((session) =>
    keysBySession.get(session.id)?.some((key) => isAwaited(session, key)),
  );
  return transaction(em, async (tx) => {
    for (const session of awaited)
      if (session.provider === 'S3_SET' && session.isLive())
        await queueSet(context, tx, { sessionId: session.id });
      else await enqueue(tx, 'check-session', { sessionId: session.id }, { key: `check:${session.id}` });
    for (const playlistId of playlistIds)
      await enqueue(tx, 'check-playlist', { playlistId }, { key: `check-playlist:${playlistId}` });
    return awaited.length + playlistIds.size;
  });
}

/**
 * Whether the session waits for this key from outside: its staging, or the object that the TUS server joins. Parts are
 * joined by a completion of ours, which needs no event.
 */
function isAwaited({ id, videoId, provider, stagingKey, fileKey }: UploadSession, key: string): boolean {
  if (provider === 'S3_PUT') return key === stagingKey;
  if (provider === 'TUS') return key === fileKey;
  return provider === 'S3_SET' && key.startsWith(setPrefix(videoId, id));
}
