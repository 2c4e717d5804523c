import type { EntityManager } from '@mikro-orm/postgresql';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { otherThan, type StoragePlace, type Storages } from '../storages.ts';
import type { Verification } from './copy-object.ts';
import { giveUpOtherWay } from './give-up-move.ts';
import { registerStorage } from './known-storages.ts';
import { limiter } from './limiter.ts';
import { countVideosIn, videosIn } from './movable-videos.ts';
import { moveVideo, type SkipReason } from './move-video.ts';
import { processesWithout } from './running-processes.ts';
import { refuseSameBucket } from './same-bucket.ts';
import { refuseWhereUnknown } from './switch-video.ts';

/** Small videos are many round trips: so many are in work at once, under one bound of transfers. */
const VIDEOS_AT_ONCE = 4;
/** A target that takes nothing is not tried with the whole library. */
const FAILURES_IN_A_ROW_MAX = 5;
const WAIT_MS = 5000;
/** Those stay as they are for as long as nobody does anything about it. */
const NOT_WAITED_FOR: readonly SkipReason[] = ['deleted', 'archived', 'incomplete'];

export interface MoveOptions {
  /** Identity of the storage to move to. */
  readonly to: string;
  /** Objects, or parts of large ones, that are copied at once: each holds up to 16 MiB, twice while it is put together. */
  readonly transfers: number;
  readonly verify: Verification;
  /** Keeps the copies in the source for ever. */
  readonly keepOld: boolean;
  /** Moves what is there of videos whose source or master playlist is lost. Default: they are left. */
  readonly takesIncomplete?: boolean;
  /** Goes over the library again until nothing is left to be moved. */
  readonly waits: boolean;
  /** Fires to stop: a video is moved whole or not at all, and the next run goes on. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: MoveProgress) => void;
}

export interface MoveProgress {
  readonly videosMoved: number;
  /** That lived in the source when the move began. */
  readonly videosTotal: number;
  readonly bytesCopied: number;
}

export interface MoveReport {
  readonly from: string;
  readonly to: string;
  readonly moved: { readonly videos: number; readonly objects: number; readonly bytes: number };
  /** Left for a later run. */
  readonly skipped: readonly { readonly videoId: string; readonly reason: SkipReason }[];
  readonly failed: readonly { readonly videoId: string; readonly problem: string }[];
  /** True when it gave up or was told to stop before it had seen every video. */
  readonly stopped: boolean;
}

type Context = Needs<'em' | 'storages' | 'settings' | 'log' | 'now'>;

/**
 * Moves every video to one of the two storages while the platform serves: copied whole and verified, then switched, each
 * by itself. What somebody works on is left for later. May be killed at any moment and run again, by several at once too.
 *
 * Throws DomainError `move_refused` where a process runs that does not know both storages, there is only one, or the two
 * share a bucket.
 */
export async function moveLibrary(context: Context, options: MoveOptions): Promise<MoveReport> {
  const { em, storages } = context;
  const places = placesOf(storages, options.to);
  await prepare(em, storages, places);
  const totals = { videos: 0, objects: 0, bytes: 0 };
  const progress = { videosTotal: await countVideosIn(em, storages, places.from), bytesCopied: 0 };
  const show = () => options.onProgress?.({ ...progress, videosMoved: totals.videos });
  const run = {
    transfers: limiter(options.transfers),
    verify: options.verify,
    keepOld: options.keepOld,
    takesIncomplete: options.takesIncomplete === true,
    signal: options.signal,
    onBytes: (bytes: number) => {
      progress.bytesCopied += bytes;
      show();
    },
  };
  const move = (videoId: string) => moveVideo(context, videoId, places, run);
  await giveUpOtherWay(em, storages, places);
  show();
  for (;;) {
    const pass = await onePass(context, { places, move, totals, show, signal: options.signal });
    const isWaitingFor = ({ reason }: { reason: SkipReason }) => !NOT_WAITED_FOR.includes(reason);
    const goesOn = options.waits && !pass.stopped && pass.skipped.some(isWaitingFor);
    if (!goesOn) return { from: places.from.id, to: places.to.id, moved: totals, ...pass };
    await pause(WAIT_MS, options.signal);
  }
}

/** Throws DomainError `move_refused`. */
export function placesOf(storages: Storages, to: string): { from: StoragePlace; to: StoragePlace } {
  const { own, second } = storages;
  if (!second)
    throw new DomainError('move_refused', 'There is only one storage: name the other one by SECOND_STORAGE');
  const target = [own, second].find(({ id }) => id === to);
  const from = target && otherThan(storages, target);
  if (target && from) return { from, to: target };
  throw new DomainError('move_refused', `${to} is neither ${own.id} nor ${second.id}`);
}

/** First it is written down that videos may live in both, which every process that starts looks at; then who runs is asked. */
async function prepare(
  em: EntityManager,
  storages: Storages,
  { from, to }: { from: StoragePlace; to: StoragePlace },
): Promise<void> {
  const known = [from.id, to.id];
  // One that does not take it takes no video either; before an old copy goes it is asked again.
  await refuseSameBucket({ from, to }).catch((error: unknown) => {
    if (!isStorageError(error)) throw error;
  });
  refuseWhereUnknown(await processesWithout(em.fork(), known));
  await registerStorage(em, storages.homeId, true);
  for (const id of known) await registerStorage(em, id);
  refuseWhereUnknown(await processesWithout(em.fork(), known));
}

interface Pass {
  readonly places: { from: StoragePlace; to: StoragePlace };
  readonly move: (videoId: string) => ReturnType<typeof moveVideo>;
  readonly totals: { videos: number; objects: number; bytes: number };
  readonly show: () => void;
  readonly signal: AbortSignal;
}

/** Once over the library. */
async function onePass(
  { em, storages }: Context,
  { places, move, totals, show, signal }: Pass,
): Promise<Pick<MoveReport, 'skipped' | 'failed' | 'stopped'>> {
  const skipped: { videoId: string; reason: SkipReason }[] = [];
  const failed: { videoId: string; problem: string }[] = [];
  let failuresInARow = 0;
  const isOver = () => signal.aborted || failuresInARow >= FAILURES_IN_A_ROW_MAX;
  const videos = videosIn(em, storages, places.from);
  const lane = async () => {
    for (let next = await videos.next(); !next.done && !isOver(); next = await videos.next()) {
      const { id: videoId, busy } = next.value;
      const outcome = busy ? { skipped: busy } : await move(videoId);
      if ('isThere' in outcome) continue;
      if ('skipped' in outcome) skipped.push({ videoId, reason: outcome.skipped });
      else if ('failed' in outcome) {
        failed.push({ videoId, problem: outcome.failed });
        failuresInARow += 1;
      } else {
        failuresInARow = 0;
        totals.videos += 1;
        totals.objects += outcome.moved.objects;
        totals.bytes += outcome.moved.bytes;
        show();
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: VIDEOS_AT_ONCE }, lane));
  const broken = lanes.find((each) => each.status === 'rejected');
  if (broken && !signal.aborted) throw broken.reason;
  return { skipped, failed, stopped: isOver() };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
