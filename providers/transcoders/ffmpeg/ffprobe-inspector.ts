import {
  type SourceInspector,
  type SourceObject,
  type SourceProbe,
  SourceRejected,
} from '../source-inspector.ts';
import type { FfmpegBinaries } from './ffmpeg-binaries.ts';
import { isKnown, numberOf } from './ffprobe-output.ts';
import { type ProbeTarget, showPackets, showStreams, showsFields } from './ffprobe-runs.ts';
import { frameRates } from './frame-rates.ts';
import type { MediaIo } from './media-io.ts';
import { cutPoster } from './poster.ts';
import { DEFAULT_RETRY, type OpenRange, type RetryPolicy, resumingRead } from './resuming-read.ts';
import { openSourceGateway } from './source-gateway.ts';
import {
  type DeclaredEnd,
  declaredEnd,
  requireDuration,
  requireWithinLimits,
  sourceProbe,
  videoStreamOf,
} from './source-probe.ts';
import { inspectStructure } from './source-structure.ts';
import type { SourceTail } from './source-tail.ts';

export interface FfprobeInspectorOptions {
  readonly binaries: FfmpegBinaries;
  readonly io: MediaIo;
  /** Address space of one ffprobe or ffmpeg, where the machine has prlimit. */
  readonly memoryMaxBytes: number;
  /** For each run of ffprobe or, for the poster, ffmpeg. */
  readonly timeoutSeconds: number;
  readonly sourceRetry?: RetryPolicy;
}

export const DEFAULT_INSPECTOR_SETTINGS = { memoryMaxBytes: 4 * 1024 ** 3, timeoutSeconds: 120 } as const;

/** How much of the end is read to find the last picture. */
const TAIL_SECONDS = 3;
/** A track that ends this much before what its index declares has lost its end. */
const MISSING_END_SECONDS = 0.5;

interface PinnedSource {
  readonly source: SourceObject;
  readonly read: OpenRange;
  readonly retry: RetryPolicy;
  readonly signal: AbortSignal;
}

/** Inspects sources with ffprobe through a gateway of its own for each call. */
export function ffprobeInspector(options: FfprobeInspectorOptions): SourceInspector {
  const { binaries, io, memoryMaxBytes, timeoutSeconds, sourceRetry: retry = DEFAULT_RETRY } = options;
  const pin = (source: SourceObject, signal: AbortSignal): PinnedSource => ({
    source,
    read: (range, readSignal) => io.readSource(source, range, readSignal),
    retry,
    signal,
  });
  return {
    async inspect(source, limits, { signal }) {
      if (source.sizeBytes === 0) throw new SourceRejected('SOURCE_EMPTY', 'The file is empty.');
      const pinned = pin(source, signal);
      await requireWhole(pinned);
      return throughGateway(pinned, (url, runSignal) =>
        probe({ binaries, memoryMaxBytes, timeoutSeconds, source, limits, url, signal: runSignal }),
      );
    },
    async poster(source, found, { signal }) {
      return throughGateway(pin(source, signal), (url, runSignal) =>
        cutPoster({ binaries, memoryMaxBytes, timeoutSeconds, probe: found, url, signal: runSignal }),
      );
    },
  };
}

async function requireWhole({ source, read, retry, signal }: PinnedSource): Promise<void> {
  const { sizeBytes } = source;
  const finding = await inspectStructure(source.demuxer, sizeBytes, async (start, length) => {
    const end = Math.min(start + length, sizeBytes) - 1;
    if (end < start) return Buffer.alloc(0);
    const chunks: Buffer[] = [];
    for await (const chunk of resumingRead(read, { start, end, sizeBytes }, retry, signal))
      chunks.push(chunk);
    return Buffer.concat(chunks);
  });
  if (finding.state === 'truncated') throw truncated(finding.detail);
}

/** Runs `work` with the address of a gateway. When the gateway cannot read on, that is the reason of the failure. */
async function throughGateway<T>(
  { source, read, retry, signal }: PinnedSource,
  work: (url: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await using gateway = await openSourceGateway({ read, sizeBytes: source.sizeBytes, retry, signal });
  try {
    const result = await work(gateway.url, AbortSignal.any([signal, gateway.broken]));
    gateway.broken.throwIfAborted();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    gateway.broken.throwIfAborted();
    throw error;
  }
}

/** Describes, checks the limits, and only then reads the end and, where the container is silent, decodes a picture. */
async function probe(target: ProbeTarget): Promise<SourceProbe> {
  const { source, limits } = target;
  const output = await showStreams(target);
  const video = videoStreamOf(output);
  requireWithinLimits(output, video, limits);
  const { averageFrameRate } = frameRates(video.avg_frame_rate, video.r_frame_rate);
  const frameSeconds = averageFrameRate.denominator / averageFrameRate.numerator;
  const stream = { index: video.index, frameSeconds };
  const declared = declaredEnd(source.demuxer, output, video);
  const start = numberOf(video.start_time);
  const from = (declared.endSeconds ?? 0) - TAIL_SECONDS;
  // All packets are read where the beginning is not known either, or little comes before the end.
  const seek = start !== null && from > start ? from : null;
  let tail = await showPackets(target, stream, seek);
  // A container without an index may not find its own end.
  if (tail.packets === 0 && seek !== null) tail = await showPackets(target, stream, null);
  if (tail.endSeconds === null) {
    throw new SourceRejected('SOURCE_NOT_VIDEO', 'The video track holds no pictures.');
  }
  requireEnd(source, declared, tail);
  const result = sourceProbe(source.demuxer, output, video, tail);
  requireDuration(result.durationSeconds, limits);
  if (isKnown(video.field_order)) return result;
  const interlaced = await showsFields(target, video.index);
  return { ...result, video: { ...result.video, interlaced } };
}

function requireEnd(source: SourceObject, declared: DeclaredEnd, tail: SourceTail): void {
  if (tail.lastByte !== null && tail.lastByte > source.sizeBytes) {
    throw truncated(`its index names ${tail.lastByte - source.sizeBytes} bytes more than there are`);
  }
  if (!declared.exact || declared.endSeconds === null || tail.endSeconds === null) return;
  const missing = declared.endSeconds - tail.endSeconds;
  if (missing > MISSING_END_SECONDS) throw truncated(`the last ${missing.toFixed(1)} s are missing`);
}

function truncated(detail: string): SourceRejected {
  return new SourceRejected('SOURCE_TRUNCATED', `The file is not complete: ${detail}.`);
}
