import { type SourceLimits, type SourceObject, SourceRejected } from '../source-inspector.ts';
import type { FfmpegBinaries } from './ffmpeg-binaries.ts';
import { type FfprobeOutput, parseFfprobe, SHOW_ENTRIES } from './ffprobe-output.ts';
import { inputArguments } from './input-arguments.ts';
import { type LimitedCommand, type ProcessEnd, scrub } from './limited-process.ts';
import { RunExceeded, runStreaming, runToEnd } from './run-to-end.ts';
import { PACKET_ENTRIES, type SourceTail, tailReader } from './source-tail.ts';

/** What every look into one source needs. */
export interface ProbeTarget {
  readonly binaries: FfmpegBinaries;
  readonly memoryMaxBytes: number;
  readonly timeoutSeconds: number;
  readonly source: SourceObject;
  readonly limits: SourceLimits;
  /** Of the gateway. */
  readonly url: string;
  readonly signal: AbortSignal;
}

const DESCRIPTION_MAX_BYTES = 1024 ** 2;
/** Every packet of 12 hours at 60 frames a second stays below this; nothing of it is kept. */
const PACKETS_MAX_BYTES = 1024 ** 3;
/** A source without an index is read from one end to the other, at this rate at least. */
const SCAN_BYTES_PER_SECOND = 5_000_000;

/** Streams and container. Throws SourceRejected for what cannot be read or exceeds the limits on the way. */
export async function showStreams(target: ProbeTarget): Promise<FfprobeOutput> {
  const { limits, signal, timeoutSeconds } = target;
  const command = ffprobe(target, ['-v', 'warning', ...pixelLimit(limits)], ['-show_entries', SHOW_ENTRIES]);
  command.args.push('-of', 'json');
  const run = await runToEnd(command, {
    timeoutSeconds,
    stdoutMaxBytes: DESCRIPTION_MAX_BYTES,
    signal,
  }).catch((error: unknown) => {
    if (!(error instanceof RunExceeded) || error.limit === 'time') throw error;
    throw new SourceRejected('SOURCE_TOO_COMPLEX', 'The file has too much in it to be described.');
  });
  signal.throwIfAborted();
  requireReadable(run, limits);
  return parseFfprobe(run.stdout.toString());
}

/** The packets of one stream from `fromSeconds` on; null: all. */
export async function showPackets(
  target: ProbeTarget,
  stream: { readonly index: number; readonly frameSeconds: number },
  fromSeconds: number | null,
): Promise<SourceTail> {
  const interval = fromSeconds === null ? [] : ['-read_intervals', `${fromSeconds.toFixed(3)}%`];
  const before = ['-v', 'error', '-select_streams', String(stream.index), ...interval];
  const command = ffprobe(target, before, ['-show_entries', PACKET_ENTRIES]);
  command.args.push('-of', 'compact');
  const reader = tailReader(stream.frameSeconds);
  const timeoutSeconds = target.timeoutSeconds + target.source.sizeBytes / SCAN_BYTES_PER_SECOND;
  const limits = { timeoutSeconds, stdoutMaxBytes: PACKETS_MAX_BYTES, signal: target.signal };
  await runStreaming(command, limits, reader.add);
  return reader.tail();
}

/** Containers such as AVI do not tell whether pictures are made of fields: a few decoded ones do. */
export async function showsFields(target: ProbeTarget, streamIndex: number): Promise<boolean> {
  const { limits, signal, timeoutSeconds } = target;
  const before = ['-v', 'error', ...pixelLimit(limits), '-select_streams', String(streamIndex)];
  before.push('-read_intervals', '%+#3');
  const command = ffprobe(target, before, ['-show_entries', 'frame=interlaced_frame']);
  command.args.push('-of', 'csv=p=0');
  const run = await runToEnd(command, { timeoutSeconds, stdoutMaxBytes: DESCRIPTION_MAX_BYTES, signal });
  return /^1/m.test(run.stdout.toString('latin1'));
}

function ffprobe(
  { binaries, memoryMaxBytes, source, url }: ProbeTarget,
  before: readonly string[],
  show: readonly string[],
): LimitedCommand & { readonly args: string[] } {
  const args = [...before, ...inputArguments(source.demuxer), ...show, '-i', url];
  return {
    command: binaries.ffprobe,
    args,
    memoryMaxBytes,
    prlimit: binaries.prlimit,
    setpriv: binaries.setpriv,
  };
}

/** ffprobe decodes a picture or two to learn their format; nothing larger than allowed. */
function pixelLimit({ maxPixels }: SourceLimits): string[] {
  return ['-max_pixels', String(maxPixels)];
}

function requireReadable({ exitCode, stderr }: ProcessEnd, { maxPixels }: SourceLimits): void {
  if (stderr.includes('exceeds specified max pixel count')) {
    throw new SourceRejected('SOURCE_TOO_COMPLEX', `A picture has more than ${maxPixels} pixels.`);
  }
  if (stderr.includes('Skipped opening external track')) {
    throw new SourceRejected('SOURCE_NOT_VIDEO', 'The file only refers to pictures that lie elsewhere.');
  }
  if (exitCode === 0) return;
  if (stderr.includes('Cannot allocate memory')) {
    throw new SourceRejected('SOURCE_TOO_COMPLEX', 'The file takes more memory than is allowed.');
  }
  // The system ended it, or it crashed: the next try tells whether the file is the reason.
  if (exitCode === null) throw new Error('ffprobe was ended by a signal');
  const said = scrub(stderr).split('\n').at(-1);
  throw new SourceRejected('SOURCE_NOT_VIDEO', `The file cannot be read as video: ${said}`);
}
