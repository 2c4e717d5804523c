import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type SpooledPart, SpoolFull, type TusSpool } from './tus-spool.ts';

/** More than one device sends at once, and less than all: whoever lets parts arrive without end stops only themselves. */
const HOLDERS_SHARE = 3 / 4;

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
  const heldBytes = new Map<string | undefined, number>();
  const send = atMost(concurrentSends);

  function reserve(bytes: number, holder: string | undefined): () => void {
    if (reservedBytes + bytes > maxBytes)
      throw new SpoolFull(`${reservedBytes} of ${maxBytes} bytes are taken by parts that arrive`);
    const held = heldBytes.get(holder) ?? 0;
    // One part arrives while the one before it is sent: so much anybody needs.
    if (holder !== undefined && held + bytes > Math.max(maxBytes * HOLDERS_SHARE, 2 * bytes))
      throw new SpoolFull(`${held} of ${maxBytes} bytes are taken by parts of one owner`);
    reservedBytes += bytes;
    heldBytes.set(holder, held + bytes);
    return () => {
      reservedBytes -= bytes;
      const left = (heldBytes.get(holder) ?? 0) - bytes;
      if (left > 0) heldBytes.set(holder, left);
      else heldBytes.delete(holder);
    };
  }

  return {
    async open(partMaxBytes, holder) {
      const giveBack = reserve(partMaxBytes, holder);
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
