import type { Needs } from '../context.ts';
import { ownerOfSourceKey, SOURCE_AREAS } from '../storage-keys.ts';
import { type KeyOwner, ownersOf } from './key-owners.ts';
import { slicesOfHour } from './key-slices.ts';
import { PipelinePaused, whileNotPaused } from './remove-sources.ts';

type Context = Needs<'em' | 'storage' | 'log' | 'now'>;

/** What is younger may belong to a row that is just being written, or to a client that still sends. */
const ORPHAN_AGE_SECONDS = 48 * 3600;
/** So many are judged by one reading of the database, and deleted by one call. */
const BATCH_KEYS = 1000;
/** More keys of nobody than this, and more than of somebody, are the keys of another deployment. */
const UNKNOWN_MAX = 20;

/** What a listing finds. */
interface Found {
  readonly key: string;
  readonly since: Date;
}

/**
 * Removes from the source bucket what no row will ever ask for: multipart uploads and objects that a crash, a client or
 * a late signed URL left behind. Each round looks at a slice of all keys (`slicesOfHour`), so within a day all are seen.
 *
 * Touches only keys that name a session or a playlist, and of those only what is 48 hours old and not in use. Servers
 * whose listing of uploads is limited (`s3-vendors.ts`) show less: versitygw the first thousand of a slice; MinIO none,
 * and it drops uploads of its own after a day. A bucket that is mostly unknown to this database is another deployment's
 * by mistake: its keys are left alone, and the log says so.
 *
 * Answers how many went. Repeatable: a round that breaks off is followed by the next, and one in which the pipeline is
 * paused ends there. Throws StorageError.
 */
export async function sweepStorage(context: Context): Promise<Swept> {
  const swept = { multiparts: 0, objects: 0 };
  try {
    await sweepSlices(context, swept);
  } catch (error) {
    if (!(error instanceof PipelinePaused)) throw error;
  }
  return swept;
}

interface Swept {
  multiparts: number;
  objects: number;
}

async function sweepSlices(context: Context, swept: Swept): Promise<void> {
  const { sources } = context.storage;
  const prefixes = slicesOfHour(context.now()).flatMap((slice) => SOURCE_AREAS.map((area) => area + slice));
  for (const prefix of prefixes) {
    for await (const batch of inBatches(sources.listMultiparts(prefix))) {
      const found = batch.map((upload) => ({ ...upload, since: upload.initiatedAt }));
      const orphans = await orphansAmong(context, found, ({ isAtWork }) => !isAtWork);
      for (const { key, uploadId } of orphans)
        await whileNotPaused(context, () => sources.abortMultipart(key, uploadId));
      swept.multiparts += orphans.length;
    }
    for await (const batch of inBatches(sources.list(prefix))) {
      const found = batch.map(({ key, lastModified }) => ({ key, since: lastModified }));
      const orphans = await orphansAmong(context, found, ({ isAtWork, isSource }) => !isAtWork && !isSource);
      if (orphans.length > 0)
        await whileNotPaused(context, () => sources.deleteMany(orphans.map(({ key }) => key)));
      swept.objects += orphans.length;
    }
  }
}

/** Those that are old enough, ours, and of no use to their owner. */
async function orphansAmong<T extends Found>(
  context: Context,
  found: readonly T[],
  isUseless: (owner: KeyOwner) => boolean,
): Promise<T[]> {
  const { log, now } = context;
  const youngestMs = now().getTime() - ORPHAN_AGE_SECONDS * 1000;
  const old = found.filter(({ key, since }) => since.getTime() < youngestMs && ownerOfSourceKey(key));
  if (old.length === 0) return [];
  const ownerOf = await ownersOf(
    context,
    old.map(({ key }) => key),
  );
  const unknown = old.filter(({ key }) => !ownerOf(key).isKnown);
  const isForeign = unknown.length > UNKNOWN_MAX && unknown.length > old.length / 2;
  if (isForeign)
    log.warn(
      { unknown: unknown.length, looked: old.length },
      'most keys of the source bucket belong to no video here: does another deployment use it? They are left alone',
    );
  return old.filter(({ key }) => {
    const owner = ownerOf(key);
    return isUseless(owner) && (owner.isKnown || !isForeign);
  });
}

async function* inBatches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH_KEYS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
