import type { Lock, Locker } from '@tus/server';
import type { HeldLock, UploadLocks } from '#domain/upload/upload-locks.ts';

/** Our locks in the words of the protocol's server. */
export function tusLocker(locks: UploadLocks): Locker {
  return { newLock: (id) => tusLock(locks, id) };
}

function tusLock(locks: UploadLocks, name: string): Lock {
  let held: HeldLock | undefined;
  return {
    async lock(signal, requestRelease) {
      held = await locks.acquire(name, { signal, onReleaseRequested: () => void requestRelease() });
    },
    async unlock() {
      await held?.release();
    },
  };
}
