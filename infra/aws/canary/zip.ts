import { crc32 } from 'node:zlib';

/** The first day that the format knows: a time of today would be another archive each day. */
const FIRST_DAY = 0x0021;
const VERSION = 20;
const UNIX = 3 << 8;
/** A plain file that everybody may read: what unpacks it keeps that. */
const READABLE = 0o100644 << 16;
const HEADER_BYTES = { local: 30, entry: 46, end: 22 } as const;

/**
 * A ZIP of small files, the same bytes for the same files on any machine: nothing is packed, as packers differ between
 * releases of Node. The form: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16.
 */
export function zipOf(files: readonly { readonly path: string; readonly content: Buffer }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { path, content } of files) {
    const name = Buffer.from(path);
    const facts = factsOf(content, name.length);
    const local = Buffer.alloc(HEADER_BYTES.local);
    local.writeUInt32LE(0x04034b50, 0);
    facts.copy(local, 4);
    const entry = Buffer.alloc(HEADER_BYTES.entry);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(UNIX | VERSION, 4);
    facts.copy(entry, 6);
    entry.writeUInt32LE(READABLE >>> 0, 38);
    entry.writeUInt32LE(at, 42);
    parts.push(local, name, content);
    directory.push(entry, name);
    at += local.length + name.length + content.length;
  }
  const listed = Buffer.concat(directory);
  return Buffer.concat([...parts, listed, endOf(files.length, listed.length, at)]);
}

/** What stands in the header of a file and again in the directory: from the version needed to the length of its name. */
function factsOf(content: Buffer, nameBytes: number): Buffer {
  const facts = Buffer.alloc(24);
  facts.writeUInt16LE(VERSION, 0);
  facts.writeUInt16LE(FIRST_DAY, 8);
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(content.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(nameBytes, 22);
  return facts;
}

function endOf(count: number, directoryBytes: number, directoryAt: number): Buffer {
  const end = Buffer.alloc(HEADER_BYTES.end);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(directoryAt, 16);
  return end;
}
