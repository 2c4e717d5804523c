import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type SpooledPart, SpoolFull, type TusSpool } from './tus-spool.ts';

export interface DiskSpoolOptions {
  /** Belongs to spools alone. Made when the first part is opened, and emptied of what a killed process left. */
  readonly folder: string;
  /** How much all parts together may take. */
  readonly maxBytes: number;
  /** How many parts are in memory, on their way to storage, at once (R23). */
  readonly concurrentSends: number;
}

/**
 * Parts in files that have no name: each is unlinked as soon as it is open, so that its bytes are given back whatever
 * becomes of the process. POSIX only, as the rest of the server.
 */
export function diskSpool({ folder, maxBytes, concurrentSends }: DiskSpoolOptions): TusSpool {
  let prepared: Promise<void> | undefined;
  let reservedBytes = 0;
  const send = atMost(concurrentSends);
  return {
    async open(partMaxBytes) {
      if (reservedBytes + partMaxBytes > maxBytes)
        throw new SpoolFull(`${reservedBytes} of ${maxBytes} bytes are taken by parts that arrive`);
      reservedBytes += partMaxBytes;
      const giveBack = () => {
        reservedBytes -= partMaxBytes;
      };
      try {
        prepared ??= prepare(folder);
        await prepared;
        return spooledPart(await openNameless(folder), giveBack);
      } catch (error) {
        giveBack();
        // The next one tries again: a disk may have been mended.
        prepared = undefined;
        throw fullOr(error);
      }
    },
    sending: send,
  };
}

async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // A name is there for microseconds: one that is found belongs to a process that died in between, or needs it no more.
  for (const name of await readdir(folder)) await rm(path.join(folder, name), { force: true });
}

async function openNameless(folder: string): Promise<FileHandle> {
  const file = path.join(folder, randomUUID());
  const handle = await open(file, 'wx+', 0o600);
  await rm(file, { force: true });
  return handle;
}

function spooledPart(handle: FileHandle, giveBack: () => void): SpooledPart {
  let sizeBytes = 0;
  let dropped: Promise<void> | undefined;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async append(chunk) {
      for (let at = 0; at < chunk.byteLength; ) {
        const { bytesWritten } = await handle
          .write(chunk, at, chunk.byteLength - at, sizeBytes)
          .catch((error: unknown) => {
            throw fullOr(error);
          });
        at += bytesWritten;
        sizeBytes += bytesWritten;
      }
    },
    async bytes() {
      const buffer = Buffer.allocUnsafeSlow(sizeBytes);
      for (let at = 0; at < sizeBytes; ) {
        const { bytesRead } = await handle.read(buffer, at, sizeBytes - at, at);
        if (bytesRead === 0) throw new Error('a buffered part is shorter than what was written');
        at += bytesRead;
      }
      return buffer;
    },
    drop() {
      dropped ??= handle.close().finally(giveBack);
      return dropped;
    },
  };
}

function fullOr(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EMFILE'
    ? new SpoolFull(`no room to buffer parts: ${code}`, { cause: error })
    : error;
}

/** Lets `limit` run at once; the others wait in order. */
function atMost(limit: number): TusSpool['sending'] {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // Handed on to who waits, so that nobody overtakes.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
