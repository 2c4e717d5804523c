import { z } from '@hono/zod-openapi';

// How the contracts that hand out one URL have a file described to them.

/** Longer names than this no file system has. */
const FILENAME_LENGTH_MAX = 255;

/** Names a file; its folders, if a client sends any, mean nothing. */
export const filename = z.string().min(1).max(FILENAME_LENGTH_MAX).openapi({ example: 'video.mp4' });

/** A MIME type. It becomes a header of the PUT, so it has no control characters. */
export const contentType = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x20-\x7e]*$/, 'must be a MIME type')
  .openapi({
    description:
      'MIME type of the file, bound by the signature: the PUT has to send it. /api/upload-policies.',
    example: 'video/mp4',
  });

const TITLE_LENGTH_MAX = 200;

/** What a video is called of which only the file's name is known. A name of blanks says nothing. */
export function titleOf(fileName: string): string {
  const name = [...fileName.trim()].slice(0, TITLE_LENGTH_MAX).join('');
  return name === '' ? 'Untitled' : name;
}
