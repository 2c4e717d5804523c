import type { Demuxer } from '../source-inspector.ts';

/** Reads up to `length` bytes at `start`; fewer at the end of the source. */
export type ByteReader = (start: number, length: number) => Promise<Buffer>;

/** `unknown`: the container does not say how long it is, or this is no such container at all. */
export type StructureFinding =
  | { readonly state: 'whole' | 'unknown' }
  | { readonly state: 'truncated'; readonly detail: string };

/**
 * Compares the length that a container declares with the bytes that are there, without FFmpeg: a file whose index is
 * cut off cannot be told from garbage by its error message.
 */
export async function inspectStructure(
  demuxer: Demuxer,
  sizeBytes: number,
  read: ByteReader,
): Promise<StructureFinding> {
  switch (demuxer) {
    case 'mov':
      return inspectMov(sizeBytes, read);
    case 'avi':
      return inspectAvi(sizeBytes, read);
    case 'matroska':
      return inspectMatroska(sizeBytes, await read(0, 128));
    case 'asf':
      return inspectAsf(sizeBytes, await read(0, 8192));
    case 'mpegts':
      return { state: 'unknown' };
  }
}

const TOP_LEVEL_BOXES = new Set(
  'ftyp moov mdat free skip wide pnot styp sidx ssix moof mfra uuid meta prft emsg udta PICT'.split(' '),
);
/** Ordinary files have under ten; a fragmented one may have thousands, of which these tell enough. */
const BOXES_MAX = 200;

async function inspectMov(sizeBytes: number, read: ByteReader): Promise<StructureFinding> {
  const seen = new Set<string>();
  let offset = 0;
  for (let count = 0; count < BOXES_MAX && offset + 8 <= sizeBytes; count += 1) {
    const header = await read(offset, 16);
    if (header.length < 8) return { state: 'unknown' };
    const type = header.toString('latin1', 4, 8);
    if (!TOP_LEVEL_BOXES.has(type)) return { state: 'unknown' };
    seen.add(type);
    const short = header.readUInt32BE(0);
    const long = short === 1 && header.length >= 16 ? Number(header.readBigUInt64BE(8)) : short;
    // 0: the box reaches to the end of the file, however long that is.
    const size = short === 0 ? sizeBytes - offset : long;
    if (size < 8) return { state: 'unknown' };
    offset += size;
    if (offset > sizeBytes) return missing(`its ${type} box`, offset - sizeBytes);
  }
  if (offset < sizeBytes - 8) return { state: 'unknown' };
  if (seen.has('mdat') && !seen.has('moov')) {
    return { state: 'truncated', detail: 'the index that a recorder writes last is missing' };
  }
  return { state: seen.has('moov') ? 'whole' : 'unknown' };
}

/** A file above 1 GiB is several RIFF chunks in a row. */
async function inspectAvi(sizeBytes: number, read: ByteReader): Promise<StructureFinding> {
  let offset = 0;
  for (let count = 0; count < BOXES_MAX && offset + 12 <= sizeBytes; count += 1) {
    const header = await read(offset, 12);
    const form = header.toString('latin1', 8, 12);
    if (header.length < 12 || header.toString('latin1', 0, 4) !== 'RIFF' || !/^AVI[X ]$/.test(form)) break;
    const size = header.readUInt32LE(4);
    // A recorder that was switched off leaves 0 here, or all ones.
    if (size === 0 || size === 0xffffffff) return { state: 'unknown' };
    offset += 8 + size + (size % 2);
    if (offset > sizeBytes + 1) return missing('its RIFF chunk', offset - sizeBytes);
  }
  return { state: offset > 0 ? 'whole' : 'unknown' };
}

const EBML_MAGIC = 0x1a45dfa3;
const SEGMENT_ID = 0x18538067;

function inspectMatroska(sizeBytes: number, head: Buffer): StructureFinding {
  if (head.length < 32 || head.readUInt32BE(0) !== EBML_MAGIC) return { state: 'unknown' };
  const ebml = variableInteger(head, 4);
  const segmentAt = 4 + ebml.bytes + (ebml.value ?? head.length);
  if (segmentAt + 12 > head.length || head.readUInt32BE(segmentAt) !== SEGMENT_ID)
    return { state: 'unknown' };
  const segment = variableInteger(head, segmentAt + 4);
  if (segment.value === null) return { state: 'unknown' };
  const end = segmentAt + 4 + segment.bytes + segment.value;
  return end > sizeBytes ? missing('its Segment', end - sizeBytes) : { state: 'whole' };
}

/** EBML's variable-size integer; null where all its bits are ones: the size is not known. */
function variableInteger(
  bytes: Buffer,
  at: number,
): { readonly bytes: number; readonly value: number | null } {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > 8 || at + length > bytes.length) return { bytes: 1, value: null };
  let value = BigInt(first & (0xff >> length));
  for (let index = 1; index < length; index += 1) value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
  const unknown = value === (1n << BigInt(7 * length)) - 1n;
  return { bytes: length, value: unknown ? null : Number(value) };
}

const ASF_HEADER = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
const ASF_FILE_PROPERTIES = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');

function inspectAsf(sizeBytes: number, head: Buffer): StructureFinding {
  if (!head.subarray(0, 16).equals(ASF_HEADER)) return { state: 'unknown' };
  const at = head.indexOf(ASF_FILE_PROPERTIES);
  if (at < 0 || at + 92 > head.length) return { state: 'unknown' };
  const declared = Number(head.readBigUInt64LE(at + 40));
  // The lowest flag marks a broadcast, whose sizes mean nothing.
  const broadcast = (head.readUInt32LE(at + 88) & 1) === 1;
  if (broadcast || declared === 0) return { state: 'unknown' };
  return declared > sizeBytes ? missing('the file', declared - sizeBytes) : { state: 'whole' };
}

function missing(what: string, bytes: number): StructureFinding {
  return { state: 'truncated', detail: `${bytes} bytes of ${what} are missing` };
}
