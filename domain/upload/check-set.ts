import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import type { Enqueue } from '../jobs.ts';
import { setPrefix } from '../storage-keys.ts';
import type { SetFile } from './upload-session.entity.ts';

/** A file of a set as it stands in staging. */
export interface StagedFile {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** By path from the set's top folder. */
export type StagedSet = ReadonlyMap<string, StagedFile>;

interface SetSession {
  readonly id: string;
  readonly videoId: string;
  readonly setFiles?: readonly SetFile[] | null | undefined;
}

/**
 * The set as it stands in staging, from one listing; null while a file is missing or has another length than was
 * announced. Each PUT stores a whole object or nothing, so a file that is there is there whole. Throws StorageError.
 */
export async function stagedSet(
  { storage }: Needs<'storage'>,
  { id, videoId, setFiles }: SetSession,
): Promise<StagedSet | null> {
  const prefix = setPrefix(videoId, id);
  const stored = new Map<string, StagedFile>();
  for await (const { key, etag, sizeBytes } of storage.sources.list(prefix))
    stored.set(key.slice(prefix.length), { key, etag, sizeBytes });
  const staged = new Map<string, StagedFile>();
  for (const { path, sizeBytes } of setFiles ?? []) {
    const file = stored.get(path);
    if (!file || (sizeBytes !== null && file.sizeBytes !== sizeBytes)) return null;
    staged.set(path, file);
  }
  return staged;
}

/** True when every file of the set is in storage: then `publish-set` has something to do. Throws StorageError. */
export async function isSetWhole(context: Needs<'storage'>, session: SetSession): Promise<boolean> {
  return (await stagedSet(context, session)) !== null;
}

/** Waits this long for the next file before storage is listed: a set comes in thousands of PUTs, each with its event. */
const QUIET_SECONDS = 2;

/** Has a set looked at and published, in this transaction; a job that still waits begins its wait anew. */
export function queueSet(
  { enqueue, now }: { enqueue: Enqueue; now: () => Date },
  tx: EntityManager,
  { sessionId, waitSeconds = QUIET_SECONDS }: { sessionId: string; waitSeconds?: number },
): Promise<void> {
  const runAt = new Date(now().getTime() + waitSeconds * 1000);
  return enqueue(tx, 'publish-set', { sessionId }, { key: `publish-set:${sessionId}`, runAt });
}
