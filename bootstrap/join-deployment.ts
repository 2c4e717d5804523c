import { hostname } from 'node:os';
import { newId } from '#domain/identifiers.ts';
import { registerStorage, storagesBeside, storagesInUseBeside } from '#domain/move/known-storages.ts';
import { BEAT_EVERY_MS, beatProcess, endProcess, processesWithout } from '#domain/move/running-processes.ts';
import type { Platform } from './platform.ts';
import { stampStorage } from './stamp-storage.ts';
import { StartFailure } from './start-failure.ts';

/**
 * Says, until the process ends, that it is there and which storages it can reach: a move goes on only while everybody
 * can reach both. Said first and looked second, so that of a move and a process that begin at the same moment one sees
 * the other.
 *
 * @returns the platform, which now also takes leave when it is closed
 * @throws StartFailure when videos live in a storage that this process cannot reach
 */
export async function joinDeployment(platform: Platform): Promise<Platform> {
  const { em, storages, log } = platform.context({ kind: 'system' });
  const known = [storages.own, storages.second].flatMap((place) => place?.id ?? []);
  const standing = { id: newId(), name: `${hostname()} ${process.pid}`, storages: known };
  await beatProcess(em, standing);
  const beat = setInterval(() => {
    beatProcess(em, standing).catch((err: unknown) => log.warn({ err }, 'presence could not be told'));
  }, BEAT_EVERY_MS);
  beat.unref();
  const leave = async () => {
    clearInterval(beat);
    await endProcess(em, standing.id).catch(() => undefined);
  };
  try {
    if (storages.second) await announceStorages(platform);
    await refuseUnknownStorages(platform);
    // A process that still has two of them would take a video without a name for one of the first storage.
    if (!storages.second && (await storagesBeside(em, [])).length > 0) stampStorage(em, storages.own.id);
  } catch (error) {
    await leave();
    throw error;
  }
  return {
    ...platform,
    async close() {
      await leave();
      await platform.close();
    },
  };
}

/** Writes down that videos may live in both. Throws StartFailure when new ones would be put where others do not look. */
async function announceStorages(platform: Platform): Promise<void> {
  const { em, storages } = platform.context({ kind: 'system' });
  const { own, homeId } = storages;
  const refuseTooEarly = async () => {
    const [first] = own.id === homeId ? [] : await processesWithout(em.fork(), [own.id]);
    if (first)
      throw new StartFailure(
        `The process ${first.name} does not know ${own.id}, where this one would put new videos: give every process SECOND_STORAGE before the two are swapped (docs/moving.md).`,
      );
  };
  await refuseTooEarly();
  await registerStorage(em, homeId, true);
  // From now on new videos name it.
  await registerStorage(em, own.id);
  // Whoever has started meanwhile has said so before he looked.
  await refuseTooEarly();
}

/**
 * Throws StartFailure when a storage is written down that this process cannot reach: for the videos in it, it would answer
 * 404. Where none is left, the sweeper of those who reach it has yet to look and to strike it off.
 */
export async function refuseUnknownStorages(platform: Platform): Promise<void> {
  const { em, storages } = platform.context({ kind: 'system' });
  const known = [storages.own, storages.second].flatMap((place) => place?.id ?? []);
  const beside = await storagesBeside(em, known);
  if (beside.length === 0) return;
  const inUse = await storagesInUseBeside(em, known);
  const knows = `this process knows ${known.join(' and ')}`;
  const otherwise = 'or S3_NAME where it is the same storage by another address';
  throw new StartFailure(
    inUse.length > 0
      ? `Videos of this deployment live in ${inUse.join(' and ')}; ${knows}. Set SECOND_STORAGE, ${otherwise}.`
      : `No video lives in ${beside.join(' and ')} any more, but it has not been let go yet; ${knows}. Set SECOND_STORAGE until the hourly sweeper has said so in the log (docs/moving.md), ${otherwise}.`,
  );
}
