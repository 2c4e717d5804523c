import path from 'node:path';
import { VIDEO_FORMATS, type VideoFormat } from '#domain/upload/upload-policies.ts';

/** The type a phone would declare for a file of that name. Throws an Error that lists what is taken. */
export function mimeTypeOf(file: string): string {
  const extension = path.extname(file).slice(1).toLowerCase();
  const formats: VideoFormat[] = Object.values(VIDEO_FORMATS);
  const format = formats.find((candidate) => candidate.extensions.includes(extension));
  if (format) return format.mimeTypes[0];
  const known = formats.flatMap((candidate) => candidate.extensions.map((name) => `.${name}`));
  throw new Error(`${path.basename(file)} has no extension of a video that is taken: ${known.join(' ')}`);
}
