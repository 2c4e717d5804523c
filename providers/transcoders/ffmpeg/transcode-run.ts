import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceRejected } from '../source-inspector.ts';
import { TranscodeFailure, type TranscodeOrder, type TranscodeOutput } from '../transcoder.ts';
import { verifyEncode } from './encode-verification.ts';
import { ffmpegArguments } from './ffmpeg-arguments.ts';
import type { FfmpegBinaries } from './ffmpeg-binaries.ts';
import { type FramePlan, planFrames } from './frame-plan.ts';
import { scrub } from './limited-process.ts';
import { type SegmentMeter, segmentMeter } from './measured-segment.ts';
import type { MediaIo } from './media-io.ts';
import { writeMp4Renditions } from './mp4-renditions.ts';
import { AUDIO_FOLDER, INIT_NAME, PLAYLIST_NAME } from './output-layout.ts';
import { publishPlaylists, type RenditionResult } from './publish-playlists.ts';
import type { RetryPolicy } from './resuming-read.ts';
import { startSegmentUploads } from './segment-uploads.ts';
import { openSourceGateway } from './source-gateway.ts';
import { makeTemporaryFolder } from './temporary-folders.ts';
import { startEncoder } from './watched-encoder.ts';

export interface FfmpegTranscoderOptions {
  readonly binaries: FfmpegBinaries;
  readonly io: MediaIo;
  /** Holds one folder per running job. */
  readonly tmpDir: string;
  /** Finished segments of one job that may wait for storage before FFmpeg is paused. */
  readonly tmpMaxBytes: number;
  /** Address space of one FFmpeg, where the machine has prlimit. */
  readonly memoryMaxBytes: number;
  readonly stallSeconds: number;
  /** A job may take `minTotalSeconds` and this many times the length of what it encodes. */
  readonly maxSecondsPerSourceSecond: number;
  readonly minTotalSeconds: number;
  /** x264's preset. `superfast` takes a third less time for up to 40 % more bits, `medium` twice the time. */
  readonly preset: string;
  readonly uploadConcurrency: number;
  readonly sourceRetry?: RetryPolicy;
}

export interface RunControl {
  readonly signal: AbortSignal;
  readonly onProgress: (percent: number) => void;
  readonly onStart?: (pid: number) => void;
}

interface Track {
  readonly label: string;
  readonly kind: 'video' | 'audio';
  readonly folder: string;
  readonly meter: SegmentMeter;
}

/** Encodes one order from gateway to master playlist. Throws SourceRejected, TranscodeFailure or the signal's reason. */
export async function runTranscode(
  order: TranscodeOrder,
  options: FfmpegTranscoderOptions,
  control: RunControl,
): Promise<TranscodeOutput> {
  const plan = planFrames(order);
  if (order.mp4Renditions && order.segmentContainer !== 'fmp4')
    throw new RangeError('MP4 renditions are made of fMP4 segments');
  await using folder = await makeTemporaryFolder(options.tmpDir);
  const tracks = await makeTracks(order, plan, folder.path);
  const troubles = new AbortController();
  const signal = AbortSignal.any([control.signal, troubles.signal]);
  await using gateway = await openSourceGateway({
    read: (range, readSignal) => options.io.readSource(order.source, range, readSignal),
    sizeBytes: order.source.sizeBytes,
    signal,
    ...(options.sourceRetry && { retry: options.sourceRetry }),
  });
  gateway.broken.addEventListener('abort', () => troubles.abort(sourceTrouble(gateway.broken.reason)));
  const encoder = startEncoder(
    {
      command: options.binaries.ffmpeg,
      args: ffmpegArguments(order, plan, options.binaries, {
        inputUrl: gateway.url,
        folder: folder.path,
        preset: options.preset,
      }),
      memoryMaxBytes: options.memoryMaxBytes,
      prlimit: options.binaries.prlimit,
      setpriv: options.binaries.setpriv,
    },
    {
      stallSeconds: options.stallSeconds,
      totalSeconds: options.minTotalSeconds + plan.durationSeconds * options.maxSecondsPerSourceSecond,
      signal,
      onFrame: (frame) => control.onProgress(Math.min(99, Math.floor((100 * frame) / plan.frameCount))),
    },
  );
  control.onStart?.(encoder.pid);
  const uploads = startSegmentUploads({
    io: options.io,
    folders: tracks.map(({ label, folder: path, meter }) => ({
      label,
      path,
      keyPrefix: `${order.outputPrefix}${label}/`,
      measure: meter.measure,
    })),
    concurrency: options.uploadConcurrency,
    maxWaitingBytes: options.tmpMaxBytes,
    encoder,
    signal,
    onFailure: (error) => troubles.abort(outputTrouble(error)),
  });
  try {
    const end = await encoder.ended;
    signal.throwIfAborted();
    if (end.exitCode !== 0) {
      const said = scrub(end.stderr, [folder.path]).split('\n').slice(-3).join(' | ');
      throw new TranscodeFailure('TRANSCODE_ERROR', `FFmpeg ended with code ${end.exitCode}: ${said}`);
    }
    const stored = await uploads.finish().catch((error: unknown) => {
      signal.throwIfAborted();
      throw outputTrouble(error);
    });
    const results = await Promise.all(
      tracks.map((track) => resultOf(track, stored.get(track.label) ?? [], order)),
    );
    verifyEncode(results, plan);
    const wantsMp4 = order.mp4Renditions && plan.whole;
    const mp4s = wantsMp4 ? await writeMp4Renditions(order, plan, results, options, signal) : [];
    const output = await publishPlaylists(order, plan, results, options.io, signal).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw outputTrouble(error);
      },
    );
    return { ...output, assets: [...output.assets, ...mp4s] };
  } finally {
    uploads.stop();
    // Nothing of the job may run on, not even a write that storage has not answered yet.
    troubles.abort(new Error('the job is over'));
    await encoder.ended.catch(() => undefined);
    await uploads.settled();
  }
}

async function makeTracks(order: TranscodeOrder, plan: FramePlan, folder: string): Promise<Track[]> {
  const audio = order.probe.audio && plan.whole ? [{ label: AUDIO_FOLDER, kind: 'audio' as const }] : [];
  const video = order.ladder.map(({ label }) => ({ label, kind: 'video' as const }));
  return Promise.all(
    [...video, ...audio].map(async ({ label, kind }) => {
      const path = join(folder, label);
      await mkdir(path);
      const readInit = () => readFileSync(join(path, INIT_NAME));
      const meter = segmentMeter(
        order.segmentContainer,
        kind,
        plan.framesPerSecond,
        readInit,
        order.mp4Renditions,
      );
      return { label, kind, folder: path, meter };
    }),
  );
}

async function resultOf(
  track: Track,
  measured: Parameters<typeof withDurations>[0],
  order: TranscodeOrder,
): Promise<RenditionResult> {
  const init = order.segmentContainer === 'fmp4' ? await readFile(join(track.folder, INIT_NAME)) : null;
  const playlist = await readFile(join(track.folder, PLAYLIST_NAME), 'utf8');
  return {
    label: track.label,
    kind: track.kind,
    codec: track.meter.codec(),
    init,
    segments: withDurations(measured, playlist),
  };
}

/** Fills in the durations that the bytes of a segment do not tell from the playlist that FFmpeg wrote. */
function withDurations(
  measured: readonly (Omit<RenditionResult['segments'][number], 'durationSeconds'> & {
    durationSeconds: number | null;
  })[],
  playlist: string,
): RenditionResult['segments'] {
  const written = new Map(
    [...playlist.matchAll(/#EXTINF:([\d.]+),.*\n(\S+)/g)].map(([, seconds, name = '']) => [
      name,
      Number(seconds),
    ]),
  );
  return measured.map((segment) => ({
    ...segment,
    durationSeconds: segment.durationSeconds ?? written.get(segment.name) ?? 0,
  }));
}

function sourceTrouble(error: unknown): Error {
  if (error instanceof SourceRejected) return error;
  return new TranscodeFailure('TRANSCODE_ERROR', 'The source could not be read from storage.', {
    cause: error,
  });
}

function outputTrouble(error: unknown): Error {
  if (error instanceof TranscodeFailure || error instanceof SourceRejected) return error;
  return new TranscodeFailure('TRANSCODE_ERROR', 'An output could not be stored.', { cause: error });
}
