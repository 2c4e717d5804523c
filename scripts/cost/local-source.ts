import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { SNIFF_BYTES, sniffContainer } from '#domain/media/sniff-container.ts';
import { VIDEO_FORMATS } from '#domain/upload/upload-policies.ts';
import type { MediaIo } from '#providers/transcoders/ffmpeg/media-io.ts';
import type { SourceObject } from '#providers/transcoders/source-inspector.ts';

/** The file cannot be taken as a source; the message says why in one line. */
export class NotASource extends Error {
  override readonly name = 'NotASource';
}

/** What was named is no file, and no length either. */
export class NoSuchFile extends NotASource {}

export interface LocalSource {
  readonly source: SourceObject;
  readonly readSource: MediaIo['readSource'];
}

/**
 * A file of this machine as the inspector and the transcoder see sources: its first bytes name the demuxer, as for an
 * upload (R1), and FFmpeg reads it through the gateway only (R2). Throws NotASource.
 */
export async function localSource(file: string): Promise<LocalSource> {
  const found = await stat(file).catch(() => null);
  if (!found)
    throw new NoSuchFile(`There is no file ${file}; a length looks like 10 (minutes), 1h30m or 45s`);
  if (!found.isFile()) throw new NotASource(`${file} is not a file`);
  if (found.size === 0) throw new NotASource(`${file} is empty`);
  const format = sniffContainer(await firstBytes(file));
  if (!format)
    throw new NotASource(`${file} is not a video: its first bytes are those of no container we know`);
  const source: SourceObject = {
    key: file,
    etag: 'local',
    sizeBytes: found.size,
    demuxer: VIDEO_FORMATS[format].demuxer,
  };
  return {
    source,
    readSource: async (_source, range) => ({ body: createReadStream(file, range), sizeBytes: found.size }),
  };
}

async function firstBytes(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
