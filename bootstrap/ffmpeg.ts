import { mkdir } from 'node:fs/promises';
import type { Log } from '#domain/context.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import {
  DEFAULT_FFMPEG_SETTINGS,
  ffmpegTranscoder,
} from '#providers/transcoders/ffmpeg/ffmpeg-transcoder.ts';
import {
  DEFAULT_INSPECTOR_SETTINGS,
  ffprobeInspector,
} from '#providers/transcoders/ffmpeg/ffprobe-inspector.ts';
import type { MediaIo } from '#providers/transcoders/ffmpeg/media-io.ts';
import { sweepTemporary } from '#providers/transcoders/ffmpeg/temporary-folders.ts';
import type { SourceInspector } from '#providers/transcoders/source-inspector.ts';
import type { Transcoder } from '#providers/transcoders/transcoder.ts';
import type { ResolvedConfig } from './config.ts';
import { putLong } from './put-long.ts';
import { TUS_SHARE_OF_TMP } from './tus-store.ts';

/** Finds FFmpeg and binds it to storage. Throws one line when the machine has none that serves. */
export async function composeFfmpeg(
  config: ResolvedConfig,
  { sources, media, log }: { sources: ObjectStore; media: ObjectStore; log: Log },
): Promise<{ transcoder: Transcoder; inspector: SourceInspector }> {
  const binaries = await findFfmpeg({
    ffmpegPath: config.FFMPEG_PATH,
    ffprobePath: config.FFPROBE_PATH,
    pathVariable: process.env.PATH ?? '',
  });
  for (const notice of binaries.notices) log.warn({}, notice);
  await mkdir(config.TMP_DIR, { recursive: true, mode: 0o700 });
  await sweepTemporary(config.TMP_DIR);
  const io = mediaIo(sources, media);
  const memoryMaxBytes = config.FFMPEG_MEMORY_MAX_BYTES;
  return {
    transcoder: ffmpegTranscoder({
      ...DEFAULT_FFMPEG_SETTINGS,
      binaries,
      io,
      tmpDir: config.TMP_DIR,
      tmpMaxBytes: Math.floor((config.TMP_MAX_BYTES * (1 - TUS_SHARE_OF_TMP)) / config.TRANSCODE_CONCURRENCY),
      memoryMaxBytes,
    }),
    inspector: ffprobeInspector({ ...DEFAULT_INSPECTOR_SETTINGS, binaries, io }),
  };
}

/** FFmpeg's view of storage: it reads one pinned source and writes under one prefix, nothing else. */
function mediaIo(sources: ObjectStore, media: ObjectStore): MediaIo {
  return {
    async readSource(source, range, signal) {
      const { body, object } = await sources.get(source.key, { range, ifMatch: source.etag, signal });
      return { body, sizeBytes: object.sizeBytes };
    },
    writeOutput: (key, body, options) => media.put(key, body, { ...options, sizeBytes: body.byteLength }),
    writeLongOutput: (key, body, options) => putLong(media, key, body, options),
    async readOutput(key, range, signal) {
      const { body, object } = await media.get(key, { range, signal });
      return { body, sizeBytes: object.sizeBytes };
    },
  };
}
