import { Transform } from 'node:stream';
import type { SharedContext } from '#bootstrap/compose.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import type { Transcoder } from '#providers/transcoders/transcoder.ts';

/** Places where a test takes hold of the real storage and the real FFmpeg of one process. */
export interface TroubledStorage {
  /** For `createTestPlatform`. */
  readonly replace: (shared: SharedContext) => Partial<SharedContext>;
  /**
   * From now on an encode gets this share of its source, and waits in the middle of its work until `release`. The probe
   * before it reads all it wants.
   */
  hold(share?: number): void;
  /** Held encodes read on; with `cut` their reads break off instead, and have to be opened again. */
  release(options?: { cut?: boolean }): void;
  /** Runs before every write below `videos/`; throw to make it fail. */
  onWrite: (key: string) => void;
  /** Runs before every read of a source. */
  onRead: (key: string) => void;
  /** How many orders FFmpeg was given. */
  orders: number;
  /** While set, nobody who asks FFmpeg how far it is gets an answer: its worker neither beats nor notices anything. */
  deaf: Promise<void> | null;
  reset(): void;
}

/** The error of a storage that does not answer. */
export function storageAway(): StorageError {
  return new StorageError('unavailable', 'storage does not answer');
}

/** The error of a storage that answers, and takes nothing: no outage, so an attempt has failed. */
export function storageRefuses(): StorageError {
  return new StorageError('access_refused', 'storage refuses to take it');
}

export function troubledStorage(): TroubledStorage {
  /** Bytes that an encode may read of a source key. */
  const allowances = new Map<string, number>();
  let share: number | null = null;
  let gate = Promise.withResolvers<'read on' | 'cut'>();

  const troubled: TroubledStorage = {
    replace({ storage, transcoders }) {
      interpose(storage.sources, storage.media);
      const get: typeof transcoders.get = (name) => overheard(transcoders.get(name));
      return { transcoders: { ...transcoders, get } };
    },
    hold(wanted = 0.6) {
      share = wanted;
      gate = Promise.withResolvers();
    },
    release({ cut = false } = {}) {
      share = null;
      allowances.clear();
      gate.resolve(cut ? 'cut' : 'read on');
    },
    onWrite: () => undefined,
    onRead: () => undefined,
    orders: 0,
    deaf: null,
    reset() {
      troubled.release();
      Object.assign(troubled, { onWrite: () => undefined, onRead: () => undefined, orders: 0, deaf: null });
    },
  };

  /** FFmpeg was wired to these very objects, so they are changed in place. */
  function interpose(sources: ObjectStore, media: ObjectStore): void {
    const { get } = sources;
    sources.get = async (key, options) => {
      troubled.onRead(key);
      const found = await get.call(sources, key, options);
      const allowance = allowances.get(key);
      if (allowance === undefined) return found;
      const body = found.body.pipe(stalling(Math.max(0, allowance - found.range.start)));
      found.body.once('error', (error) => body.destroy(error));
      body.once('close', () => found.body.destroy());
      return { ...found, body };
    };
    const { put } = media;
    media.put = async (key, body, options) => {
      troubled.onWrite(key);
      return put.call(media, key, body, options);
    };
  }

  function stalling(allowedBytes: number): Transform {
    let left = allowedBytes;
    const held = gate.promise;
    return new Transform({
      transform(chunk: Buffer, _, done) {
        const now = chunk.subarray(0, left);
        const later = chunk.subarray(now.length);
        left -= now.length;
        if (now.length > 0) this.push(now);
        if (later.length === 0) return done();
        left = Number.POSITIVE_INFINITY;
        void held.then((how) => (how === 'cut' ? done(storageAway()) : done(null, later)));
      },
    });
  }

  function overheard(transcoder: Transcoder): Transcoder {
    return {
      name: transcoder.name,
      submit(order) {
        troubled.orders += 1;
        if (share !== null) allowances.set(order.source.key, Math.floor(share * order.source.sizeBytes));
        return transcoder.submit(order);
      },
      async status(job) {
        await troubled.deaf;
        return transcoder.status(job);
      },
      cancel: (providerJobId) => transcoder.cancel(providerJobId),
    };
  }
  return troubled;
}
