import {
  type SourceInspector,
  type SourceLimits,
  type SourceObject,
  type SourceProbe,
  SourceRejected,
} from '../source-inspector.ts';
import type { FfmpegBinaries } from './ffmpeg-binaries.ts';
import { type FfprobeOutput, isKnown, numberOf, parseFfprobe, SHOW_ENTRIES } from './ffprobe-output.ts';
import { frameRates } from './frame-rates.ts';
import { inputArguments } from './input-arguments.ts';
import { scrub } from './limited-process.ts';
import type { MediaIo } from './media-io.ts';
import { posterArguments, posterSeconds } from './poster-arguments.ts';
import { DEFAULT_RETRY, type OpenRange, type RetryPolicy, resumingRead } from './resuming-read.ts';
import { RunExceeded, runStreaming, runToEnd } from './run-to-end.ts';
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
import { PACKET_ENTRIES, type SourceTail, tailReader } from './source-tail.ts';

export interface FfprobeInspectorOptions {
  readonly binaries: FfmpegBinaries;
  readonly io: MediaIo;
  readonly memoryMaxBytes: number;
  /** For each run of ffprobe or, for the poster, ffmpeg. */
  readonly timeoutSeconds: number;
  readonly sourceRetry?: RetryPolicy;
}

export const DEFAULT_INSPECTOR_SETTINGS = { memoryMaxBytes: 4 * 1024 ** 3, timeoutSeconds: 120 } as const;

const PROBE_MAX_BYTES = 1024 ** 2;
const POSTER_MAX_BYTES = 8 * 1024 ** 2;
/** A scan of every packet of 12 hours at 60 frames a second stays below this. */
const SCAN_MAX_BYTES = 1024 ** 3;
/** How much of the end is read to find the last picture. */
const TAIL_SECONDS = 3;
/** A track that ends this much before what its index declares has lost its end. */
const MISSING_END_SECONDS = 0.5;

/** Inspects sources with ffprobe through a gateway of its own for each call. */
export function ffprobeInspector(options: FfprobeInspectorOptions): SourceInspector {
  const retry = options.sourceRetry ?? DEFAULT_RETRY;
  return {
    async inspect(source, limits, { signal }) {
      if (source.sizeBytes === 0) throw new SourceRejected('SOURCE_EMPTY', 'The file is empty.');
      const read = openerOf(options.io, source);
      await requireWhole(source, read, retry, signal);
      return throughGateway(source, read, retry, signal, (url, runSignal) =>
        probe(options, source, limits, url, runSignal),
      );
    },
    async poster(source, found, { signal }) {
      const read = openerOf(options.io, source);
      return throughGateway(source, read, retry, signal, (url, runSignal) =>
        poster(options, found, url, runSignal),
      );
    },
  };
}

function openerOf(io: MediaIo, source: SourceObject): OpenRange {
  return (range, signal) => io.readSource(source, range, signal);
}

async function requireWhole(
  source: SourceObject,
  open: OpenRange,
  retry: RetryPolicy,
  signal: AbortSignal,
): Promise<void> {
  const { sizeBytes } = source;
  const finding = await inspectStructure(source.demuxer, sizeBytes, async (start, length) => {
    const end = Math.min(start + length, sizeBytes) - 1;
    if (end < start) return Buffer.alloc(0);
    const chunks: Buffer[] = [];
    for await (const chunk of resumingRead(open, { start, end, sizeBytes }, retry, signal))
      chunks.push(chunk);
    return Buffer.concat(chunks);
  });
  if (finding.state === 'truncated') throw truncated(finding.detail);
}

/** Runs `work` with the address of a gateway. When the gateway cannot read on, that is the reason of the failure. */
async function throughGateway<T>(
  source: SourceObject,
  read: OpenRange,
  retry: RetryPolicy,
  signal: AbortSignal,
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

async function probe(
  options: FfprobeInspectorOptions,
  source: SourceObject,
  limits: SourceLimits,
  url: string,
  signal: AbortSignal,
): Promise<SourceProbe> {
  const output = await showStreams(options, source, limits, url, signal);
  const video = videoStreamOf(output);
  requireWithinLimits(output, video, limits);
  const { averageFrameRate } = frameRates(video.avg_frame_rate, video.r_frame_rate);
  const frameSeconds = averageFrameRate.denominator / averageFrameRate.numerator;
  const start = numberOf(video.start_time) ?? 0;
  const declared = declaredEnd(source.demuxer, output, video);
  const from = (declared.endSeconds ?? start) - TAIL_SECONDS;
  const packets = (interval: string | null) =>
    showPackets(options, source, video.index, interval, frameSeconds, url, signal);
  let tail = await packets(from > start ? `${from.toFixed(3)}%` : null);
  // A container without an index may not find its own end.
  if (tail.packets === 0 && from > start) tail = await packets(null);
  if (tail.endSeconds === null) {
    throw new SourceRejected('SOURCE_NOT_VIDEO', 'The video track holds no pictures.');
  }
  requireEnd(source, declared, tail);
  const result = sourceProbe(source.demuxer, output, video, tail);
  requireDuration(result.durationSeconds, limits);
  if (isKnown(video.field_order)) return result;
  const interlaced = await showsFields(options, source, limits, video.index, url, signal);
  return { ...result, video: { ...result.video, interlaced } };
}

async function showStreams(
  options: FfprobeInspectorOptions,
  source: SourceObject,
  limits: SourceLimits,
  url: string,
  signal: AbortSignal,
): Promise<FfprobeOutput> {
  const { binaries, memoryMaxBytes, timeoutSeconds } = options;
  // ffprobe decodes a picture or two to learn their format; nothing larger than allowed.
  const args = ['-v', 'warning', '-max_pixels', String(limits.maxPixels), ...inputArguments(source.demuxer)];
  args.push('-show_entries', SHOW_ENTRIES, '-of', 'json', '-i', url);
  const command = { command: binaries.ffprobe, args, memoryMaxBytes, prlimit: binaries.prlimit };
  const run = await runToEnd(command, { timeoutSeconds, stdoutMaxBytes: PROBE_MAX_BYTES, signal }).catch(
    (error: unknown) => {
      if (!(error instanceof RunExceeded) || error.limit === 'time') throw error;
      throw new SourceRejected(
        'SOURCE_TOO_COMPLEX',
        `The file cannot be described: ffprobe ${error.message}.`,
      );
    },
  );
  if (run.stderr.includes('exceeds specified max pixel count')) {
    throw new SourceRejected('SOURCE_TOO_COMPLEX', `A picture has more than ${limits.maxPixels} pixels.`);
  }
  if (run.stderr.includes('Skipped opening external track')) {
    throw new SourceRejected('SOURCE_NOT_VIDEO', 'The file only refers to pictures that lie elsewhere.');
  }
  signal.throwIfAborted();
  if (run.exitCode !== 0) {
    const said = scrub(run.stderr).split('\n').at(-1);
    throw new SourceRejected('SOURCE_NOT_VIDEO', `The file cannot be read as video: ${said}`);
  }
  return parseFfprobe(run.stdout.toString());
}

/** Containers such as AVI do not tell whether pictures are made of fields: a few decoded ones do. */
async function showsFields(
  options: FfprobeInspectorOptions,
  source: SourceObject,
  limits: SourceLimits,
  streamIndex: number,
  url: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { binaries, memoryMaxBytes, timeoutSeconds } = options;
  const args = ['-v', 'error', '-max_pixels', String(limits.maxPixels), ...inputArguments(source.demuxer)];
  args.push('-select_streams', String(streamIndex), '-read_intervals', '%+#3');
  args.push('-show_entries', 'frame=interlaced_frame', '-of', 'csv=p=0', '-i', url);
  const command = { command: binaries.ffprobe, args, memoryMaxBytes, prlimit: binaries.prlimit };
  const run = await runToEnd(command, { timeoutSeconds, stdoutMaxBytes: PROBE_MAX_BYTES, signal });
  return /^1/m.test(run.stdout.toString('latin1'));
}

async function showPackets(
  options: FfprobeInspectorOptions,
  source: SourceObject,
  streamIndex: number,
  interval: string | null,
  frameSeconds: number,
  url: string,
  signal: AbortSignal,
): Promise<SourceTail> {
  const { binaries, memoryMaxBytes, timeoutSeconds } = options;
  const args = ['-v', 'error', ...inputArguments(source.demuxer), '-select_streams', String(streamIndex)];
  if (interval) args.push('-read_intervals', interval);
  args.push('-show_entries', PACKET_ENTRIES, '-of', 'compact', '-i', url);
  const command = { command: binaries.ffprobe, args, memoryMaxBytes, prlimit: binaries.prlimit };
  const reader = tailReader(frameSeconds);
  await runStreaming(command, { timeoutSeconds, stdoutMaxBytes: SCAN_MAX_BYTES, signal }, reader.add);
  return reader.tail();
}

function requireEnd(source: SourceObject, declared: DeclaredEnd, tail: SourceTail): void {
  if (tail.lastByte !== null && tail.lastByte > source.sizeBytes) {
    throw truncated(`its index names ${tail.lastByte - source.sizeBytes} bytes more than there are`);
  }
  if (!declared.exact || declared.endSeconds === null || tail.endSeconds === null) return;
  const missing = declared.endSeconds - tail.endSeconds;
  if (missing > MISSING_END_SECONDS) throw truncated(`the last ${missing.toFixed(1)} s are missing`);
}

async function poster(
  options: FfprobeInspectorOptions,
  found: SourceProbe,
  url: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { binaries, memoryMaxBytes, timeoutSeconds } = options;
  // Where the seek finds no picture, the first one serves.
  for (const atSeconds of [posterSeconds(found), 0]) {
    const args = posterArguments(found, url, binaries.abilities, atSeconds);
    const command = { command: binaries.ffmpeg, args, memoryMaxBytes, prlimit: binaries.prlimit };
    const run = await runToEnd(command, { timeoutSeconds, stdoutMaxBytes: POSTER_MAX_BYTES, signal });
    if (run.stdout.length > 0) return run.stdout;
    signal.throwIfAborted();
  }
  throw new SourceRejected('SOURCE_NOT_VIDEO', 'No picture of the video can be decoded.');
}

function truncated(detail: string): SourceRejected {
  return new SourceRejected('SOURCE_TRUNCATED', `The file is not complete: ${detail}.`);
}
