import yauzl, { type ExtraField } from 'yauzl';
import { ArchiveError } from './archive-error.ts';
import type { ArchiveEntry } from './archive-reader.ts';
import { readableName } from './entry-name.ts';
import type { RangeWindow } from './range-window.ts';

// Section numbers are those of PKWARE's APPNOTE 6.3.10.

/** 4.3.12: central directory header. */
const SIGNATURE = 0x02014b50;
const HEADER_BYTES = 46;
/** 4.3.7: local file header, without name and extra fields. */
export const LOCAL_HEADER_BYTES = 30;
/** Ten thousand entries with long names; more than this is not read to find out. */
const DIRECTORY_BYTES_MAX = 64 * 1024 ** 2;

const STORED = 0;
const DEFLATED = 8;
/** 4.4.4: bit 0 encrypted, bit 6 strongly so, bit 11 names in UTF-8. */
const ENCRYPTED_FLAGS = 0b100_0001;
const UTF8_FLAG = 0x800;
const ZIP64_FIELD = 0x0001;
const UNICODE_PATH_FIELD = 0x7075;
const IN_ZIP64 = 0xffffffff;
/** 4.4.2.2: hosts whose external attributes hold a Unix mode in their upper half. */
const UNIX_HOSTS = [3, 19];
const MODE_TYPE = 0o170000;
const MODE_LINK = 0o120000;
const MODE_FOLDER = 0o040000;

/** An entry with what it takes to find its bytes. */
export interface DirectoryEntry extends ArchiveEntry {
  readonly localHeaderAt: number;
  readonly isDeflated: boolean;
  readonly checksum: number;
}

/**
 * Reads the records of the directory one after the other. yauzl would give up at the first odd one, and the good entries
 * would be lost with it; here an odd record is an entry with `damage`.
 *
 * Throws ArchiveError `too_many_entries`; `damaged` where the directory holds other entries than its end says.
 */
export async function readDirectory(
  window: RangeWindow,
  directory: { start: number; entryCount: number; maxEntries: number },
): Promise<DirectoryEntry[]> {
  const { start, entryCount, maxEntries } = directory;
  if (entryCount > maxEntries) throw tooMany(entryCount, maxEntries);
  const entries: DirectoryEntry[] = [];
  for (let at = start; at + HEADER_BYTES <= window.sizeBytes; ) {
    const header = await window.bytes(at, HEADER_BYTES);
    if (header.readUInt32LE(0) !== SIGNATURE) break;
    if (entries.length === maxEntries) throw tooMany(maxEntries + 1, maxEntries);
    const nameBytes = header.readUInt16LE(28);
    const extraBytes = header.readUInt16LE(30);
    const rest = await window.bytes(at + HEADER_BYTES, nameBytes + extraBytes);
    const name = rest.subarray(0, nameBytes);
    entries.push(entryOf(header, name, rest.subarray(nameBytes), entries.length, start));
    at += HEADER_BYTES + nameBytes + extraBytes + header.readUInt16LE(32);
    if (at - start > DIRECTORY_BYTES_MAX)
      throw new ArchiveError('damaged', `Its directory is larger than ${DIRECTORY_BYTES_MAX} bytes`);
  }
  if (entries.length !== entryCount)
    throw new ArchiveError(
      'damaged',
      `Its directory has ${entries.length} entries where its end says ${entryCount}`,
    );
  return entries;
}

function tooMany(count: number, maxEntries: number): ArchiveError {
  return new ArchiveError(
    'too_many_entries',
    `It has ${count} entries or more; at most ${maxEntries} are taken`,
  );
}

function entryOf(
  header: Buffer,
  rawName: Buffer,
  rawExtra: Buffer,
  position: number,
  directoryStart: number,
): DirectoryEntry {
  const flags = header.readUInt16LE(8);
  const method = header.readUInt16LE(10);
  const extra = extraFields(rawExtra);
  const sizes = sizesOf(header, extra ?? []);
  const name = nameOf(flags, rawName, extra ?? []);
  const mode = modeOf(header);
  const isEncrypted = (flags & ENCRYPTED_FLAGS) !== 0;
  const entry = {
    position,
    name,
    isFolder: /[/\\]$/.test(name) || mode === MODE_FOLDER,
    isLink: mode === MODE_LINK,
    isEncrypted,
    isReadable: method === STORED || method === DEFLATED,
    isDeflated: method === DEFLATED,
    checksum: header.readUInt32LE(16),
    packedBytes: sizes.packedBytes,
    unpackedBytes: sizes.unpackedBytes,
    localHeaderAt: sizes.localHeaderAt,
  };
  return { ...entry, damage: damageOf() };

  function damageOf(): string | null {
    if (extra === null) return 'Its extra fields are cut off';
    if (!sizes.complete) return 'Its ZIP64 sizes are missing';
    if (entry.localHeaderAt + LOCAL_HEADER_BYTES + entry.packedBytes > directoryStart)
      return 'It reaches beyond the archive';
    if (method === STORED && !isEncrypted && entry.packedBytes !== entry.unpackedBytes)
      return 'It is stored as it is, in two sizes';
    return null;
  }
}

function extraFields(raw: Buffer): ExtraField[] | null {
  try {
    return yauzl.parseExtraFields(raw);
  } catch {
    return null;
  }
}

/** 4.5.3: what does not fit 32 bits stands in the ZIP64 field, in this order, and only what does not fit. */
function sizesOf(header: Buffer, extra: readonly ExtraField[]) {
  const field = extra.find(({ id }) => id === ZIP64_FIELD)?.data ?? Buffer.alloc(0);
  let at = 0;
  let complete = true;
  const [unpackedBytes, packedBytes, localHeaderAt] = [24, 20, 42].map((offset) => {
    const value = header.readUInt32LE(offset);
    if (value !== IN_ZIP64) return value;
    at += 8;
    if (at <= field.length) return Number(field.readBigUInt64LE(at - 8));
    complete = false;
    return value;
  }) as [number, number, number];
  return { unpackedBytes, packedBytes, localHeaderAt, complete };
}

/** Info-ZIP's Unicode path counts before the name itself (4.6.9). yauzl checks that it belongs to this name. */
function nameOf(flags: number, raw: Buffer, extra: readonly ExtraField[]): string {
  const unicode = extra.filter(({ id }) => id === UNICODE_PATH_FIELD);
  const plain = readableName(raw, (flags & UTF8_FLAG) !== 0);
  if (unicode.length === 0) return plain;
  const byYauzl = yauzl.getFileNameLowLevel(flags, raw, unicode, true);
  // A field that does not fit its name leaves yauzl with code page 437 or UTF-8, and we know better.
  return byYauzl === yauzl.getFileNameLowLevel(flags, raw, [], true) ? plain : byYauzl;
}

function modeOf(header: Buffer): number {
  const host = header.readUInt8(5);
  return UNIX_HOSTS.includes(host) ? header.readUInt16LE(40) & MODE_TYPE : 0;
}
