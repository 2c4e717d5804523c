import type { Needs } from '../context.ts';
import { LeaseLost } from './fence.ts';
import { renewLease } from './lease.ts';

/** How often progress is looked at; it is written when it moved, or when the lease is due. */
const LOOK_EVERY_MS = 1000;

export interface HeldLease {
  /** Resolves, once, when the attempt is no longer ours. */
  readonly lost: Promise<LeaseLost>;
  release(): void;
}

/**
 * Keeps an attempt's lease and writes its progress, once a second at most (R24). Lost is what the database says; while it
 * does not answer, our own clock decides, and a process that was stopped finds its time over when it wakes (R6).
 */
export function holdLease(
  { em, settings, log }: Needs<'em' | 'settings' | 'log'>,
  { jobId, token, progress }: { jobId: string; token: string; progress: () => Promise<number> },
): HeldLease {
  const { promise: lost, resolve } = Promise.withResolvers<LeaseLost>();
  let renewedAt = performance.now();
  let written = -1;
  let busy = false;
  const look = async () => {
    const progressPercent = Math.min(99, Math.max(0, await progress()));
    const heldForMs = performance.now() - renewedAt;
    if (Math.floor(progressPercent) === written && heldForMs < settings.leaseBeatSeconds * 1000) return;
    const askedAt = performance.now();
    const lease = { jobId, token, leaseSeconds: settings.leaseDeadSeconds, progressPercent };
    if (!(await renewLease(em.fork(), lease)))
      return resolve(
        new LeaseLost(`The lease of attempt ${jobId} is gone: it ran out, or the attempt was ended`),
      );
    renewedAt = askedAt;
    written = Math.floor(progressPercent);
  };
  const timer = setInterval(() => {
    // Asked before the database is, which may be silent for as long as a dead connection is not noticed.
    if (performance.now() - renewedAt > settings.leaseDeadSeconds * 1000)
      return resolve(new LeaseLost(`The lease of attempt ${jobId} was not renewed in time`));
    if (busy) return;
    busy = true;
    look()
      .catch((error: unknown) => log.warn({ err: error, jobId }, 'lease not renewed'))
      .finally(() => {
        busy = false;
      });
  }, LOOK_EVERY_MS);
  return { lost, release: () => clearInterval(timer) };
}
