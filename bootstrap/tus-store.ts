import path from 'node:path';
import { diskSpool } from '#providers/storage/tus-disk-spool.ts';
import type { TusSpool } from '#providers/storage/tus-spool.ts';
import type { Config } from './config.ts';

/** FFmpeg may need the rest of it on a machine that runs everything (R4). */
export const TUS_SHARE_OF_TMP = 1 / 4;
/** Each is a part of 8 MiB in memory (R23). */
const CONCURRENT_PART_UPLOADS = 4;

/** Where parts of TUS uploads wait on their way through this process. Nothing is made before the first one comes. */
export function openTusSpool({
  TMP_DIR,
  TMP_MAX_BYTES,
}: Pick<Config, 'TMP_DIR' | 'TMP_MAX_BYTES'>): TusSpool {
  return diskSpool({
    folder: path.join(TMP_DIR, 'tus'),
    maxBytes: Math.floor(TMP_MAX_BYTES * TUS_SHARE_OF_TMP),
    concurrentSends: CONCURRENT_PART_UPLOADS,
  });
}
