import { type OutputAsset, TranscodeFailure, type TranscodeOrder } from '../transcoder.ts';
import type { FfmpegBinaries } from './ffmpeg-binaries.ts';
import type { FramePlan } from './frame-plan.ts';
import { inputArguments } from './input-arguments.ts';
import { scrub } from './limited-process.ts';
import type { MediaIo } from './media-io.ts';
import { layOut, type Mp4Layout, type SegmentedTrack } from './mp4-index.ts';
import { contentTypeOf, IMMUTABLE, mp4Name } from './output-layout.ts';
import type { RenditionResult } from './publish-playlists.ts';
import { DEFAULT_RETRY, type RetryPolicy, resumingRead } from './resuming-read.ts';
import { runToEnd } from './run-to-end.ts';
import { openSourceGateway } from './source-gateway.ts';

export interface Mp4Options {
  readonly io: MediaIo;
  readonly binaries: FfmpegBinaries;
  readonly memoryMaxBytes: number;
  readonly sourceRetry?: RetryPolicy;
}

/** A stream into storage cannot be sent on where it broke off: the file is written anew, which costs no encode. */
const WRITES_MAX = 3;
const PROBE_TIMEOUT_SECONDS = 60;
const PROBE_MAX_BYTES = 64 * 1024;

/**
 * One MP4 a rendition, each with the sound, made of the segments that are stored already: the same pictures and packets
 * under one index in front. No second encode, no file on disk, and no other FFmpeg than ffprobe, which looks at what is
 * stored before anybody is told of it.
 *
 * Throws TranscodeFailure, or the signal's reason.
 */
export async function writeMp4Renditions(
  order: TranscodeOrder,
  plan: FramePlan,
  results: readonly RenditionResult[],
  options: Mp4Options,
  signal: AbortSignal,
): Promise<OutputAsset[]> {
  const sound = results.find(({ kind }) => kind === 'audio') ?? null;
  const assets: OutputAsset[] = [];
  for (const { label, width, height } of order.ladder) {
    const picture = results.find((result) => result.kind === 'video' && result.label === label);
    if (!picture) continue;
    const tracks = sound ? [picture, sound] : [picture];
    const key = order.outputPrefix + mp4Name(label);
    const layout = layOut(tracks.map(segmentedTrack));
    await writeAnew({ order, key, tracks, layout, options, signal });
    await requirePlayable({ key, layout, plan, tracks, options, signal });
    assets.push({
      type: 'MP4',
      qualityLabel: label,
      key,
      bandwidthBitsPerSecond: Math.ceil((8 * layout.sizeBytes) / plan.durationSeconds),
      width,
      height,
      codec: picture.codec,
      container: 'mp4',
    });
  }
  return assets;
}

function segmentedTrack({ label, init, segments }: RenditionResult): SegmentedTrack {
  if (!init) throw new RangeError(`${label} is no fragmented MP4`);
  const samples = segments.flatMap((segment) => segment.samples ?? []);
  if (samples.length !== segments.length) throw new RangeError(`the samples of ${label} were not kept`);
  return { init: Buffer.from(init), segments: samples };
}

interface Mp4Write {
  readonly order: TranscodeOrder;
  readonly key: string;
  readonly tracks: readonly RenditionResult[];
  readonly layout: Mp4Layout;
  readonly options: Mp4Options;
  readonly signal: AbortSignal;
}

async function writeAnew(write: Mp4Write): Promise<void> {
  const { key, layout, options, signal } = write;
  for (let tries = 1; ; tries += 1)
    try {
      await options.io.writeLongOutput(key, bytesOf(write), {
        contentType: contentTypeOf(key),
        cacheControl: IMMUTABLE,
        sizeBytes: layout.sizeBytes,
        signal,
      });
      return;
    } catch (cause) {
      signal.throwIfAborted();
      // Whatever it is called: a segment of ours that is gone is no fault of the source.
      if (tries === WRITES_MAX)
        throw new TranscodeFailure('TRANSCODE_ERROR', `${mp4NameOf(key)} could not be stored.`, { cause });
    }
}

/** The index, then the samples out of the stored segments, each read at the moment it is written. */
async function* bytesOf({ order, tracks, layout, options, signal }: Mp4Write): AsyncGenerator<Uint8Array> {
  yield layout.head;
  for (const { track, segment, start, sizeBytes } of layout.pieces) {
    const { label, segments } = tracks[track] ?? {};
    const stored = segments?.[segment];
    if (!stored) throw new RangeError(`there is no segment ${segment} of track ${track}`);
    const from = `${order.outputPrefix}${label}/${stored.name}`;
    yield* resumingRead(
      (range, readSignal) => options.io.readOutput(from, range, readSignal),
      { start, end: start + sizeBytes - 1, sizeBytes: stored.sizeBytes },
      options.sourceRetry ?? DEFAULT_RETRY,
      signal,
    );
  }
}

/** As a player will find it: its tracks, and its length to within a frame (R5). */
async function requirePlayable(stored: {
  key: string;
  layout: Mp4Layout;
  plan: FramePlan;
  tracks: readonly RenditionResult[];
  options: Mp4Options;
  signal: AbortSignal;
}): Promise<void> {
  const { key, layout, plan, tracks, options, signal } = stored;
  await using gateway = await openSourceGateway({
    read: (range, readSignal) => options.io.readOutput(key, range, readSignal),
    sizeBytes: layout.sizeBytes,
    signal,
    ...(options.sourceRetry && { retry: options.sourceRetry }),
  });
  const { ffprobe: command, prlimit, setpriv } = options.binaries;
  const show = ['-show_entries', 'stream=codec_type,duration', '-of', 'json', '-i', gateway.url];
  const args = ['-v', 'error', ...inputArguments('mov'), ...show];
  const run = await runToEnd(
    { command, args, memoryMaxBytes: options.memoryMaxBytes, prlimit, setpriv },
    { timeoutSeconds: PROBE_TIMEOUT_SECONDS, stdoutMaxBytes: PROBE_MAX_BYTES, signal },
  );
  if (run.exitCode !== 0) throw unplayable(key, scrub(run.stderr).split('\n').at(-1) ?? '');
  const { streams = [] }: { streams?: { codec_type?: string; duration?: string }[] } = JSON.parse(
    run.stdout.toString(),
  );
  const seconds = Number(streams.find(({ codec_type }) => codec_type === 'video')?.duration);
  const frameSeconds = plan.framesPerSecond.denominator / plan.framesPerSecond.numerator;
  const wanted = tracks[0]?.segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0) ?? 0;
  if (streams.length !== tracks.length) throw unplayable(key, `it has ${streams.length} tracks`);
  if (!(Math.abs(seconds - wanted) <= frameSeconds))
    throw unplayable(key, `it lasts ${seconds} s instead of ${wanted} s`);
}

function unplayable(key: string, detail: string): TranscodeFailure {
  return new TranscodeFailure('TRANSCODE_ERROR', `${mp4NameOf(key)} cannot be played: ${detail}`);
}

function mp4NameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
