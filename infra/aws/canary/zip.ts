import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** The same in every time zone: the format keeps local time. A time of today would be another archive each day. */
const always = () => new Date(2000, 0, 1);
/** A plain file that everybody may read: what unpacks it keeps that. */
const READABLE = 0o100644;

/**
 * A ZIP of small files, the same bytes for the same files on any machine: nothing is packed, as packers differ between
 * releases of Node.
 */
export async function zipOf(
  files: readonly { readonly path: string; readonly content: Buffer }[],
): Promise<Buffer> {
  const archive = new ZipFile();
  for (const { path, content } of files)
    archive.addBuffer(content, path, {
      mtime: always(),
      forceDosTimestamp: true,
      mode: READABLE,
      compress: false,
    });
  archive.end();
  return await buffer(archive.outputStream);
}
