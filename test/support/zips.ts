import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of a hand-made archive. What is left out is as an honest program would write it. */
export interface ZipEntry {
  readonly name: string | Buffer;
  readonly data?: Buffer;
  readonly stored?: boolean;
  /** What the directory says of it, true or not. */
  readonly method?: number;
  readonly flags?: number;
  readonly checksum?: number;
  readonly packedBytes?: number;
  readonly unpackedBytes?: number;
  readonly localHeaderAt?: number;
  readonly extra?: Buffer;
  /** Unix mode, as a Unix program writes it. */
  readonly mode?: number;
  readonly comment?: string;
  /** Writes sizes and offset into the ZIP64 field. */
  readonly zip64?: boolean;
  /** The bytes that are written in place of the packed data. */
  readonly packed?: Buffer;
}

export interface ZipOptions {
  readonly comment?: string;
  /** What the end says of the number of entries. */
  readonly entryCount?: number;
  /** Writes the ZIP64 end records. */
  readonly zip64?: boolean;
}

const UTF8 = 0x800;
const IN_ZIP64 = 0xffffffff;

/** An archive byte by byte: honest ones, and all that programs and attackers write. */
export function zipOf(entries: readonly ZipEntry[], options: ZipOptions = {}): Buffer<ArrayBuffer> {
  const files: Buffer[] = [];
  const records: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const data = entry.data ?? Buffer.alloc(0);
    const packed = entry.packed ?? (entry.stored ? data : deflateRawSync(data));
    const facts = {
      flags: entry.flags ?? (typeof entry.name === 'string' ? UTF8 : 0),
      method: entry.method ?? (entry.stored ? 0 : 8),
      checksum: entry.checksum ?? crc32(data),
      packedBytes: entry.packedBytes ?? packed.length,
      unpackedBytes: entry.unpackedBytes ?? data.length,
      localHeaderAt: entry.localHeaderAt ?? at,
    };
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    writeFacts(local.subarray(4), facts, name.length);
    files.push(local, name, packed);
    at += local.length + name.length + packed.length;
    records.push(...recordOf(entry, facts, name));
  }
  const directory = Buffer.concat(records);
  const count = options.entryCount ?? entries.length;
  const ends = options.zip64 ? zip64Ends(count, directory.length, at) : [];
  const end = Buffer.alloc(22);
  const comment = Buffer.from(options.comment ?? '');
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(options.zip64 ? 0xffff : count % 65_536, 8);
  end.writeUInt16LE(options.zip64 ? 0xffff : count % 65_536, 10);
  end.writeUInt32LE(options.zip64 ? IN_ZIP64 : directory.length, 12);
  end.writeUInt32LE(options.zip64 ? IN_ZIP64 : at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...files, directory, ...ends, end, comment]);
}

interface Facts {
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly localHeaderAt: number;
}

/** The part that local header and directory share, from "version needed". */
function writeFacts(target: Buffer, facts: Facts, nameBytes: number): void {
  target.writeUInt16LE(45, 0);
  target.writeUInt16LE(facts.flags, 2);
  target.writeUInt16LE(facts.method, 4);
  target.writeUInt32LE(facts.checksum, 10);
  target.writeUInt32LE(Math.min(facts.packedBytes, IN_ZIP64), 14);
  target.writeUInt32LE(Math.min(facts.unpackedBytes, IN_ZIP64), 18);
  target.writeUInt16LE(nameBytes, 22);
}

function recordOf(entry: ZipEntry, facts: Facts, name: Buffer): Buffer[] {
  const zip64 = entry.zip64 ? zip64Field(facts) : Buffer.alloc(0);
  const extra = Buffer.concat([zip64, entry.extra ?? Buffer.alloc(0)]);
  const comment = Buffer.from(entry.comment ?? '');
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(entry.mode === undefined ? 0 : (3 << 8) | 63, 4);
  writeFacts(record.subarray(6), facts, name.length);
  if (entry.zip64) {
    record.writeUInt32LE(IN_ZIP64, 20);
    record.writeUInt32LE(IN_ZIP64, 24);
  }
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt16LE(comment.length, 32);
  record.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 38);
  record.writeUInt32LE(entry.zip64 ? IN_ZIP64 : facts.localHeaderAt, 42);
  return [record, name, extra, comment];
}

function zip64Field({ unpackedBytes, packedBytes, localHeaderAt }: Facts): Buffer {
  const field = Buffer.alloc(28);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(24, 2);
  field.writeBigUInt64LE(BigInt(unpackedBytes), 4);
  field.writeBigUInt64LE(BigInt(packedBytes), 12);
  field.writeBigUInt64LE(BigInt(localHeaderAt), 20);
  return field;
}

function zip64Ends(count: number, directoryBytes: number, directoryAt: number): Buffer[] {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(directoryBytes), 40);
  record.writeBigUInt64LE(BigInt(directoryAt), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directoryAt + directoryBytes), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator];
}

/** An extra field of the directory. */
export function extraField(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(data.length, 2);
  return Buffer.concat([head, data]);
}
