import { UPLOAD_POLICIES } from '#domain/upload/upload-policies.ts';
import type { FfmpegSearch } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import {
  DEFAULT_INSPECTOR_SETTINGS,
  ffprobeInspector,
} from '#providers/transcoders/ffmpeg/ffprobe-inspector.ts';
import {
  type SourceObject,
  type SourceProbe,
  SourceRejected,
} from '#providers/transcoders/source-inspector.ts';
import { localSource, NotASource } from './local-source.ts';

export interface ProbedSource {
  readonly source: SourceObject;
  readonly probe: SourceProbe;
  /** Null when only described. */
  readonly sizeBytes: number | null;
}

/**
 * Looks at a file of this machine just as a worker looks at an upload: by the inspector, within the widest policy's
 * limits. Throws NotASource.
 */
export async function probedSource(
  file: string,
  search: FfmpegSearch,
  signal: AbortSignal,
): Promise<ProbedSource> {
  const { source, readSource } = await localSource(file);
  const binaries = await findFfmpeg(search);
  const nothingIsWritten = () => Promise.reject(new Error('a probe writes nothing'));
  const io = {
    readSource,
    writeOutput: nothingIsWritten,
    writeLongOutput: nothingIsWritten,
    readOutput: nothingIsWritten,
  };
  const inspector = ffprobeInspector({ ...DEFAULT_INSPECTOR_SETTINGS, binaries, io });
  try {
    const probe = await inspector.inspect(source, UPLOAD_POLICIES.direct.limits, { signal });
    return { source, probe, sizeBytes: source.sizeBytes };
  } catch (error) {
    if (error instanceof SourceRejected)
      throw new NotASource(`${file} would be refused (${error.code}): ${error.message}`, { cause: error });
    throw error;
  }
}
