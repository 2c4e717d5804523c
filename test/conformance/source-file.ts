import { createCipheriv, createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A file that clients upload. */
export interface SourceFile {
  readonly path: string;
  readonly name: string;
  readonly mime: string;
  readonly bytes: Buffer<ArrayBuffer>;
  readonly sha256: string;
}

/** `ftyp` of an MP4 (ISO/IEC 14496-12): enough for whoever looks at the first bytes. */
const FTYP = Buffer.from('\0\0\0\x14ftypisom\0\0\x02\0isom', 'latin1');

/** Writes a file of so many bytes that nothing can compress or mistake for one another: no two parts are alike. */
export async function makeSourceFile(folder: string, sizeBytes: number): Promise<SourceFile> {
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, sizeBytes % 251));
  const bytes = Buffer.from(noise.update(Buffer.alloc(sizeBytes)));
  FTYP.copy(bytes);
  const name = `tour-${sizeBytes}.mp4`;
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path: file, name, mime: 'video/mp4', bytes, sha256 };
}
