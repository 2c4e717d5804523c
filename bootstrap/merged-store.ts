import { videoIdOfKey } from '#domain/storage-keys.ts';
import type { StoragePlace, Storages } from '#domain/storages.ts';
import type { ObjectStore, StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';

/** Where the video of a key lives, and the other place. */
export interface Found {
  readonly living: StoragePlace;
  readonly other: StoragePlace;
}

type BucketName = 'sources' | 'media';

/**
 * The same bucket of two storages as one. What is written goes to where its video lives. What is read is looked for there,
 * and then in the other: a reader may have asked a moment before a switch, and a writer too. Keys are never used twice,
 * so whatever stands in either is the right one. What is deleted is deleted in both, so that nothing comes back.
 *
 * @param find asked again for every call
 */
export function mergedStore(
  storages: Storages & { readonly second: StoragePlace },
  name: BucketName,
  find: (key: string) => Promise<Found>,
): ObjectStore {
  const own = storages.own[name];
  const second = storages.second[name];
  /** The answer of the place where the video lives, unless the thing is not there. */
  async function inEither<T>(
    key: string,
    ask: (store: ObjectStore, at: StoragePlace) => Promise<T>,
  ): Promise<T> {
    const { living, other } = await find(key);
    try {
      return await ask(living[name], living);
    } catch (error) {
      if (!isStorageError(error, 'object_not_found', 'object_changed', 'multipart_not_found')) throw error;
      return ask(other[name], other).catch(() => Promise.reject(error));
    }
  }
  const where = async (key: string) => (await find(key)).living[name];
  const inBoth = async (act: (store: ObjectStore) => Promise<void>) => {
    await Promise.all([act(own), act(second)]);
  };
  /** A copy stays within its storage, whose bucket may have another name. */
  const bucketAt = (bucket: string, at: StoragePlace) =>
    bucket === storages.own.sources.bucket ? at.sources.bucket : at.media.bucket;
  return {
    bucket: own.bucket,
    presignPut: async (key, options) => (await where(key)).presignPut(key, options),
    presignGet: async (key, options) => (await where(key)).presignGet(key, options),
    presignPart: async (key, ...rest) => (await where(key)).presignPart(key, ...rest),
    createMultipart: async (key, options) => (await where(key)).createMultipart(key, options),
    putPart: (key, ...rest) => inEither(key, (store) => store.putPart(key, ...rest)),
    listParts: (key, uploadId) => inEither(key, (store) => store.listParts(key, uploadId)),
    completeMultipart: (key, ...rest) => inEither(key, (store) => store.completeMultipart(key, ...rest)),
    abortMultipart: (key, uploadId) => inBoth((store) => store.abortMultipart(key, uploadId)),
    async *listMultiparts(prefix) {
      yield* own.listMultiparts(prefix);
      yield* second.listMultiparts(prefix);
    },
    head: (key) => inEither(key, (store) => store.head(key)),
    get: (key, options) => inEither(key, (store) => store.get(key, options)),
    put: async (key, body, options) => (await where(key)).put(key, body, options),
    copyFrom: (source, key, options) =>
      inEither(key, (store, at) =>
        store.copyFrom({ ...source, bucket: bucketAt(source.bucket, at) }, key, options),
      ),
    restore: (key, options) => inEither(key, (store) => store.restore(key, options)),
    list: (prefix) => {
      const known = new Map<string | null, Promise<Found>>();
      const livesInOwn = async (key: string) => {
        const videoId = videoIdOfKey(key);
        const found = known.get(videoId) ?? find(key);
        known.set(videoId, found);
        return (await found).living === storages.own;
      };
      return mergedList(own.list(prefix), second.list(prefix), livesInOwn);
    },
    deleteMany: (keys) => inBoth((store) => store.deleteMany(keys)),
  };
}

/** Both listings, in key order. An object that stands in both is told of as it is where its video lives. */
async function* mergedList(
  own: AsyncIterable<StoredObject>,
  second: AsyncIterable<StoredObject>,
  livesInOwn: (key: string) => Promise<boolean>,
): AsyncGenerator<StoredObject> {
  const [mine, theirs] = [own[Symbol.asyncIterator](), second[Symbol.asyncIterator]()];
  const next = async (from: AsyncIterator<StoredObject>) => {
    const { done, value } = await from.next();
    return done ? undefined : value;
  };
  let [a, b] = await Promise.all([next(mine), next(theirs)]);
  while (a || b) {
    if (a && b && a.key === b.key) {
      yield (await livesInOwn(a.key)) ? a : b;
      [a, b] = await Promise.all([next(mine), next(theirs)]);
    } else if (a && (!b || a.key < b.key)) {
      yield a;
      a = await next(mine);
    } else if (b) {
      yield b;
      b = await next(theirs);
    }
  }
}
