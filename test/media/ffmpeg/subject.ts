import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FfmpegBinaries } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import {
  DEFAULT_FFMPEG_SETTINGS,
  ffmpegTranscoder,
} from '#providers/transcoders/ffmpeg/ffmpeg-transcoder.ts';
import {
  DEFAULT_INSPECTOR_SETTINGS,
  ffprobeInspector,
} from '#providers/transcoders/ffmpeg/ffprobe-inspector.ts';
import type { FfmpegTranscoderOptions } from '#providers/transcoders/ffmpeg/transcode-run.ts';
import type { SourceInspector, SourceObject, SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { TranscodeOrder, Transcoder } from '#providers/transcoders/transcoder.ts';
import { type ClipName, demuxerOfClip, makeClip } from '#test/support/clips.ts';
import { type LocalMedia, localMedia } from './local-media.ts';
import { LIMITS, orderFor } from './orders.ts';

/** Retries as in production, without its patience. */
const QUICK_RETRY = { attempts: 4, firstDelayMs: 5, idleMs: 5_000 };

/** Transcoder and inspector of one FFmpeg over a folder. */
export interface FfmpegSubject {
  readonly media: LocalMedia;
  readonly inspector: SourceInspector;
  readonly transcoder: ReturnType<typeof ffmpegTranscoder>;
  inspect(source: SourceObject): Promise<SourceProbe>;
  /** An order for a clip, probed. */
  order(name: ClipName, overrides?: Partial<TranscodeOrder>): Promise<TranscodeOrder>;
  readOutput(key: string): Promise<string>;
  close(): Promise<void>;
}

export async function ffmpegSubject(
  binaries: FfmpegBinaries,
  overrides: Partial<FfmpegTranscoderOptions> = {},
): Promise<FfmpegSubject> {
  const media = await localMedia();
  const { io, tmpDir } = media;
  const inspector = ffprobeInspector({
    ...DEFAULT_INSPECTOR_SETTINGS,
    binaries,
    io,
    sourceRetry: QUICK_RETRY,
  });
  const transcoder = ffmpegTranscoder({
    ...DEFAULT_FFMPEG_SETTINGS,
    preset: 'ultrafast',
    binaries,
    io,
    tmpDir,
    sourceRetry: QUICK_RETRY,
    ...overrides,
  });
  const inspect = (source: SourceObject) =>
    inspector.inspect(source, LIMITS, { signal: new AbortController().signal });
  return {
    media,
    inspector,
    transcoder: transcoder satisfies Transcoder,
    inspect,
    async order(name, orderOverrides) {
      const source = await media.addSource(await makeClip(name), demuxerOfClip(name));
      return orderFor(source, await inspect(source), orderOverrides);
    },
    readOutput: (key) => readFile(join(media.outputFolder, key), 'utf8'),
    close: () => media.close(),
  };
}
