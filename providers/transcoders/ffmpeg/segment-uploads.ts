import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TranscodeFailure } from '../transcoder.ts';
import type { MeasuredSegment } from './measured-segment.ts';
import type { MediaIo } from './media-io.ts';
import { contentTypeOf, IMMUTABLE, segmentNumber } from './output-layout.ts';

/** One folder that FFmpeg fills with segments. */
export interface SegmentFolder {
  readonly label: string;
  readonly path: string;
  /** Where its files go: ends with a slash. */
  readonly keyPrefix: string;
  readonly measure: (name: string, bytes: Buffer) => MeasuredSegment;
}

export interface UploadSettings {
  readonly io: MediaIo;
  readonly folders: readonly SegmentFolder[];
  readonly concurrency: number;
  /** Above this many bytes of finished segments FFmpeg is paused; below half of it, it goes on. */
  readonly maxWaitingBytes: number;
  readonly encoder: { pause(): void; resume(): void };
  readonly signal: AbortSignal;
  /** Called once, with the first error. */
  readonly onFailure: (error: unknown) => void;
}

export interface SegmentUploads {
  /** To be called after FFmpeg has ended. Resolves to all segments by label, in order, when all are stored. */
  finish(): Promise<ReadonlyMap<string, readonly MeasuredSegment[]>>;
  /** Forgets what is waiting. */
  stop(): void;
  /** Resolves when no write is under way any more. */
  settled(): Promise<void>;
}

interface Waiting {
  readonly folder: SegmentFolder;
  readonly name: string;
  readonly number: number;
  readonly sizeBytes: number;
}

const SCAN_EVERY_MS = 100;

/**
 * Stores segments while FFmpeg goes on, and deletes them: the disk holds some segments, never the video. A segment is
 * finished when the next one is there or FFmpeg has ended; file names alone say it, on old builds too.
 */
export function startSegmentUploads(settings: UploadSettings): SegmentUploads {
  const taken = new Set<string>();
  const queue: Waiting[] = [];
  const done = new Map<string, { number: number; segment: MeasuredSegment }[]>(
    settings.folders.map(({ label }) => [label, []]),
  );
  let waitingBytes = 0;
  let active = 0;
  let paused = false;
  let failure: { readonly error: unknown } | undefined;
  let over = false;
  let progress = Promise.withResolvers<void>();

  const fail = (error: unknown) => {
    if (!failure) {
      failure = { error };
      queue.length = 0;
      settings.onFailure(error);
    }
    progress.resolve();
  };

  const balance = () => {
    if (!paused && waitingBytes > settings.maxWaitingBytes) {
      paused = true;
      settings.encoder.pause();
    } else if (paused && waitingBytes <= settings.maxWaitingBytes / 2) {
      paused = false;
      settings.encoder.resume();
    }
  };

  const pump = () => {
    while (active < settings.concurrency) {
      const next = queue.shift();
      if (!next) return;
      active += 1;
      store(next)
        .catch(fail)
        .finally(() => {
          active -= 1;
          waitingBytes -= next.sizeBytes;
          progress.resolve();
          if (over) return;
          balance();
          pump();
        });
    }
  };

  async function store({ folder, name, number }: Waiting): Promise<void> {
    const path = join(folder.path, name);
    const bytes = await readFile(path);
    const segment = measured(folder, name, bytes);
    await settings.io.writeOutput(folder.keyPrefix + name, bytes, {
      contentType: contentTypeOf(name),
      cacheControl: IMMUTABLE,
      signal: settings.signal,
    });
    await rm(path, { force: true });
    done.get(folder.label)?.push({ number, segment });
  }

  async function scan(ended: boolean): Promise<void> {
    for (const folder of settings.folders) {
      const numbered = (await readdir(folder.path))
        .map((name) => ({ name, number: segmentNumber(name) }))
        .filter((file): file is { name: string; number: number } => file.number !== null)
        .sort((one, other) => one.number - other.number);
      const finished = ended ? numbered : numbered.slice(0, -1);
      for (const file of finished) {
        const path = join(folder.path, file.name);
        if (taken.has(path)) continue;
        taken.add(path);
        const { size } = await stat(path);
        waitingBytes += size;
        queue.push({ folder, ...file, sizeBytes: size });
      }
    }
    if (over || failure) return;
    balance();
    pump();
  }

  let timer: NodeJS.Timeout | undefined;
  let scanning = Promise.resolve();
  const tick = () => {
    scanning = scan(false)
      .catch(fail)
      .then(() => {
        if (!over && !failure) timer = setTimeout(tick, SCAN_EVERY_MS);
      });
  };
  timer = setTimeout(tick, SCAN_EVERY_MS);

  const stop = () => {
    over = true;
    queue.length = 0;
    clearTimeout(timer);
  };

  const settled = async () => {
    await scanning;
    while (active > 0) {
      progress = Promise.withResolvers();
      await progress.promise;
    }
  };

  return {
    stop,
    settled,
    async finish() {
      clearTimeout(timer);
      await scanning;
      clearTimeout(timer);
      await scan(true);
      while (!failure && (active > 0 || queue.length > 0)) {
        progress = Promise.withResolvers();
        await progress.promise;
      }
      if (failure) throw failure.error;
      return new Map(
        [...done].map(([label, segments]) => [
          label,
          segments.sort((one, other) => one.number - other.number).map(({ segment }) => segment),
        ]),
      );
    },
  };
}

function measured(folder: SegmentFolder, name: string, bytes: Buffer): MeasuredSegment {
  try {
    return folder.measure(name, bytes);
  } catch (cause) {
    const detail = `FFmpeg wrote an unusable segment ${folder.label}/${name}.`;
    throw new TranscodeFailure('TRANSCODE_ERROR', detail, { cause });
  }
}
