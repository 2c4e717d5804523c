/** What the header of a fragmented MP4 (an HLS init segment) says about its one track. ISO/IEC 14496-12. */
export interface InitSegment {
  /** Ticks a second of the track's timestamps. */
  readonly timescale: number;
  /** RFC 6381, for instance `avc1.640028` or `mp4a.40.2`. */
  readonly codec: string;
  /** Edit list entries: duration in movie ticks, media time in track ticks; -1 is an empty edit. */
  readonly edits: readonly { readonly duration: number; readonly mediaTime: number }[];
  /** From `trex`; ticks. */
  readonly defaultSampleDuration: number;
}

/** What the fragments of one media segment hold. */
export interface MediaSegment {
  /** `tfdt` of the first fragment, in track ticks. */
  readonly decodeTime: bigint;
  readonly sampleCount: number;
  /** Sum of all sample durations, in track ticks. */
  readonly duration: number;
}

/** One box: `body` is a view of the bytes that it was read from. */
export interface Box {
  readonly type: string;
  readonly body: Buffer;
}

/** The bytes are not what an MP4 muxer finishes with: cut off, or not MP4 at all. */
export class MalformedMp4 extends Error {
  override readonly name = 'MalformedMp4';
}

/** Reads an init segment with exactly one track. Throws MalformedMp4. */
export function parseInitSegment(bytes: Buffer): InitSegment {
  const moov = child(boxes(bytes), 'moov');
  const trak = child(boxes(moov), 'trak');
  const mdia = boxes(child(boxes(trak), 'mdia'));
  const mdhd = child(mdia, 'mdhd');
  const stbl = child(boxes(child(mdia, 'minf')), 'stbl');
  const trex = child(boxes(child(boxes(moov), 'mvex')), 'trex');
  return {
    timescale: mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12),
    codec: codecOf(child(boxes(stbl), 'stsd')),
    edits: editsOf(boxes(trak)),
    defaultSampleDuration: trex.readUInt32BE(12),
  };
}

/** Adds up the fragments of a media segment of one track. Throws MalformedMp4 when a box is cut off. */
export function parseMediaSegment(bytes: Buffer, init: InitSegment): MediaSegment {
  const all = boxes(bytes);
  const fragments = all.filter((box) => box.type === 'moof');
  const first = fragments[0];
  if (!first || !all.some((box) => box.type === 'mdat')) throw new MalformedMp4('no fragment');
  let sampleCount = 0;
  let duration = 0;
  for (const moof of fragments) {
    const traf = boxes(child(boxes(moof.body), 'traf'));
    const fallback = defaultDuration(child(traf, 'tfhd')) ?? init.defaultSampleDuration;
    for (const trun of traf.filter((box) => box.type === 'trun')) {
      const run = runOf(trun.body, fallback);
      sampleCount += run.sampleCount;
      duration += run.duration;
    }
  }
  const tfdt = child(boxes(child(boxes(first.body), 'traf')), 'tfdt');
  const decodeTime = tfdt[0] === 1 ? tfdt.readBigUInt64BE(4) : BigInt(tfdt.readUInt32BE(4));
  return { decodeTime, sampleCount, duration };
}

/** The boxes that bytes consist of. Throws MalformedMp4 when one is cut off. */
export function boxes(bytes: Buffer): Box[] {
  const found: Box[] = [];
  let offset = 0;
  while (offset + 8 <= bytes.length) {
    const type = bytes.toString('latin1', offset + 4, offset + 8);
    const short = bytes.readUInt32BE(offset);
    const headerBytes = short === 1 ? 16 : 8;
    if (offset + headerBytes > bytes.length) throw new MalformedMp4(`${type} is cut off`);
    const size = short === 1 ? Number(bytes.readBigUInt64BE(offset + 8)) : short || bytes.length - offset;
    if (size < headerBytes || offset + size > bytes.length) throw new MalformedMp4(`${type} is cut off`);
    found.push({ type, body: bytes.subarray(offset + headerBytes, offset + size) });
    offset += size;
  }
  if (offset !== bytes.length) throw new MalformedMp4('bytes after the last box');
  return found;
}

/** The body of the first box of that type. Throws MalformedMp4 when there is none. */
export function child(parents: readonly Box[], type: string): Buffer {
  const box = parents.find((candidate) => candidate.type === type);
  if (!box) throw new MalformedMp4(`no ${type}`);
  return box.body;
}

function editsOf(trak: readonly Box[]): InitSegment['edits'] {
  const edts = trak.find((box) => box.type === 'edts');
  if (!edts) return [];
  const elst = child(boxes(edts.body), 'elst');
  const wide = elst[0] === 1;
  return Array.from({ length: elst.readUInt32BE(4) }, (_, index) => {
    const at = 8 + index * (wide ? 20 : 12);
    return wide
      ? { duration: Number(elst.readBigUInt64BE(at)), mediaTime: Number(elst.readBigInt64BE(at + 8)) }
      : { duration: elst.readUInt32BE(at), mediaTime: elst.readInt32BE(at + 4) };
  });
}

function codecOf(stsd: Buffer): string {
  const [entry] = boxes(stsd.subarray(8));
  if (entry?.type === 'avc1') {
    // 78 bytes of VisualSampleEntry come before its boxes.
    const avcC = child(boxes(entry.body.subarray(78)), 'avcC');
    return `avc1.${avcC.toString('hex', 1, 4)}`;
  }
  if (entry?.type === 'mp4a') {
    // 28 bytes of AudioSampleEntry.
    return `mp4a.${audioObject(child(boxes(entry.body.subarray(28)), 'esds').subarray(4))}`;
  }
  throw new MalformedMp4(`unexpected sample entry ${entry?.type}`);
}

/** `40.2`: object type indication and audio object type, out of the nested descriptors of ISO/IEC 14496-1. */
function audioObject(descriptors: Buffer): string {
  const es = descriptor(descriptors, 0x03);
  const flags = es[2] ?? 0;
  const optionalBytes =
    (flags & 0x80 ? 2 : 0) + (flags & 0x40 ? 1 + (es[3] ?? 0) : 0) + (flags & 0x20 ? 2 : 0);
  const config = descriptor(es.subarray(3 + optionalBytes), 0x04);
  const specific = descriptor(config.subarray(13), 0x05);
  return `${config.toString('hex', 0, 1)}.${(specific[0] ?? 0) >> 3}`;
}

function descriptor(bytes: Buffer, tag: number): Buffer {
  if (bytes[0] !== tag) throw new MalformedMp4(`no descriptor ${tag}`);
  let size = 0;
  let offset = 1;
  for (let more = true; more; offset += 1) {
    const byte = bytes[offset] ?? 0;
    size = (size << 7) | (byte & 0x7f);
    more = (byte & 0x80) !== 0 && offset < 4;
  }
  return bytes.subarray(offset, offset + size);
}

/** The default sample duration of `tfhd`, where it has one. */
function defaultDuration(tfhd: Buffer): number | undefined {
  const flags = tfhd.readUInt32BE(0) & 0xffffff;
  if (!(flags & 0x8)) return undefined;
  return tfhd.readUInt32BE(8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0));
}

function runOf(trun: Buffer, defaultSampleDuration: number): { sampleCount: number; duration: number } {
  const flags = trun.readUInt32BE(0) & 0xffffff;
  const sampleCount = trun.readUInt32BE(4);
  if (!(flags & 0x100)) return { sampleCount, duration: sampleCount * defaultSampleDuration };
  const perSampleBytes = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  const firstAt = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  if (firstAt + sampleCount * perSampleBytes > trun.length) throw new MalformedMp4('trun is cut off');
  let duration = 0;
  for (let index = 0; index < sampleCount; index += 1) {
    duration += trun.readUInt32BE(firstAt + index * perSampleBytes);
  }
  return { sampleCount, duration };
}
