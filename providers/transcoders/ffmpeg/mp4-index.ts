import { boxes, child, parseInitSegment } from './mp4-boxes.ts';
import type { SegmentSamples } from './mp4-samples.ts';

/** A track whose samples lie in segments. */
export interface SegmentedTrack {
  /** Its init segment, with exactly one track. */
  readonly init: Buffer;
  readonly segments: readonly SegmentSamples[];
}

/** A piece of a track's segment on its way into the file. */
export interface PlacedPiece {
  readonly track: number;
  readonly segment: number;
  readonly start: number;
  readonly sizeBytes: number;
}

export interface Mp4Layout {
  /** All that comes before the samples: the index is in front, so a player can begin at once. */
  readonly head: Buffer;
  /** What follows it, in order. */
  readonly pieces: readonly PlacedPiece[];
  readonly sizeBytes: number;
}

const UINT32_MAX = 0xffffffff;
/** Of every init segment that FFmpeg writes; ticks a second of the movie. */
const MOVIE_TIMESCALE = 1000;

function box(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

function words(...values: readonly number[]): Buffer {
  return table(values);
}

/**
 * Lays fragmented tracks out as one progressive MP4 (ISO/IEC 14496-12): the same samples with the same times, described
 * by one index in front instead of one a segment. Segments of the tracks alternate, so that playing needs no seeking.
 * Nothing is decoded, and nothing but the index is held.
 */
export function layOut(tracks: readonly SegmentedTrack[]): Mp4Layout {
  const pieces: PlacedPiece[] = [];
  const longest = Math.max(...tracks.map((track) => track.segments.length));
  for (let segment = 0; segment < longest; segment += 1)
    tracks.forEach((each, track) => {
      for (const { start, sizeBytes } of each.segments[segment]?.pieces ?? [])
        pieces.push({ track, segment, start, sizeBytes });
    });
  const mediaBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  const wide = mediaBytes > UINT32_MAX - 2 ** 28;
  const headOf = (mediaStart: number) =>
    Buffer.concat([
      box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2avc1mp41', 'latin1')),
      moov(tracks, offsetsOf(tracks.length, pieces, mediaStart), wide),
      mdatHead(mediaBytes, wide),
    ]);
  // Its length does not depend on the offsets in it.
  const head = headOf(headOf(0).length);
  return { head, pieces, sizeBytes: head.length + mediaBytes };
}

function mdatHead(mediaBytes: number, wide: boolean): Buffer {
  if (!wide) return Buffer.concat([words(mediaBytes + 8), Buffer.from('mdat')]);
  const head = Buffer.concat([words(1), Buffer.from('mdat'), Buffer.alloc(8)]);
  head.writeBigUInt64BE(BigInt(mediaBytes + 16), 8);
  return head;
}

function offsetsOf(trackCount: number, pieces: readonly PlacedPiece[], mediaStart: number): number[][] {
  const offsets: number[][] = Array.from({ length: trackCount }, () => []);
  let at = mediaStart;
  for (const { track, sizeBytes } of pieces) {
    offsets[track]?.push(at);
    at += sizeBytes;
  }
  return offsets;
}

function moov(tracks: readonly SegmentedTrack[], offsets: readonly number[][], wide: boolean): Buffer {
  const [first] = tracks;
  if (!first) throw new RangeError('an MP4 needs a track');
  const mvhd = Buffer.from(child(boxes(child(boxes(first.init), 'moov')), 'mvhd'));
  const traks = tracks.map((track, index) => trak(track, index + 1, offsets[index] ?? [], wide));
  mvhd.writeUInt32BE(Math.max(...traks.map(({ movieTicks }) => movieTicks)), 16);
  mvhd.writeUInt32BE(tracks.length + 1, mvhd.length - 4);
  return box('moov', box('mvhd', mvhd), ...traks.map(({ bytes }) => bytes));
}

/** The track of an init segment with the index that its fragments had. Durations are those of version 0: 32 bits. */
function trak(
  { init, segments }: SegmentedTrack,
  trackId: number,
  offsets: readonly number[],
  wide: boolean,
): { bytes: Buffer; movieTicks: number } {
  const { timescale, edits } = parseInitSegment(init);
  const parts = boxes(child(boxes(child(boxes(init), 'moov')), 'trak'));
  const mdia = boxes(child(parts, 'mdia'));
  const minf = boxes(child(mdia, 'minf'));
  const ticks = segments.reduce(
    (sum, { durations }) => sum + durations.reduce((all, one) => all + one, 0),
    0,
  );
  const movieTicks = Math.round((ticks * MOVIE_TIMESCALE) / timescale);
  const tkhd = Buffer.from(child(parts, 'tkhd'));
  tkhd.writeUInt32BE(trackId, 12);
  tkhd.writeUInt32BE(movieTicks, 20);
  const mdhd = Buffer.from(child(mdia, 'mdhd'));
  mdhd.writeUInt32BE(ticks, 16);
  const stsd = child(boxes(child(minf, 'stbl')), 'stsd');
  const stbl = box('stbl', box('stsd', stsd), ...tables(segments, offsets, wide));
  const media = minf.map(({ type, body }) => (type === 'stbl' ? stbl : box(type, body)));
  // Frames that are shown later than they are decoded: the presentation begins with the first of them.
  const shift = edits.find(({ mediaTime }) => mediaTime > 0)?.mediaTime;
  const edts = shift === undefined ? [] : [box('edts', box('elst', words(0, 1, movieTicks, shift, 0x10000)))];
  const hdlr = box('hdlr', child(mdia, 'hdlr'));
  const bytes = box(
    'trak',
    box('tkhd', tkhd),
    ...edts,
    box('mdia', box('mdhd', mdhd), hdlr, box('minf', ...media)),
  );
  return { bytes, movieTicks };
}

function tables(segments: readonly SegmentSamples[], offsets: readonly number[], wide: boolean): Buffer[] {
  const each = <T>(pick: (segment: SegmentSamples) => Iterable<T>): T[] => {
    const all: T[] = [];
    for (const segment of segments) for (const value of pick(segment)) all.push(value);
    return all;
  };
  const compositions = each((segment) => segment.compositionOffsets);
  const sizes = each((segment) => segment.sizes);
  const sync = each((segment) => segment.isSync).flatMap((isSync, index) => (isSync ? index + 1 : []));
  const counts = each((segment) => segment.pieces.map(({ count }) => count));
  const chunks = counts.flatMap((count, index) => (count === counts[index - 1] ? [] : [index + 1, count, 1]));
  return [
    box('stts', words(0), runLengths(each((segment) => segment.durations))),
    ...(compositions.some((offset) => offset !== 0)
      ? [
          box(
            'ctts',
            words(compositions.some((offset) => offset < 0) ? 0x1000000 : 0),
            runLengths(compositions),
          ),
        ]
      : []),
    ...(sync.length === sizes.length ? [] : [box('stss', words(0, sync.length), table(sync))]),
    box('stsc', words(0, chunks.length / 3), table(chunks)),
    box('stsz', words(0, 0, sizes.length), table(sizes)),
    wide
      ? box('co64', words(0, offsets.length), table64(offsets))
      : box('stco', words(0, offsets.length), table(offsets)),
  ];
}

/** Count and value of each run of equal values, after the number of runs. */
function runLengths(values: readonly number[]): Buffer {
  const runs: number[] = [];
  for (const value of values) {
    if (runs.length > 0 && runs.at(-1) === value) runs[runs.length - 2] = (runs.at(-2) ?? 0) + 1;
    else runs.push(1, value);
  }
  return Buffer.concat([words(runs.length / 2), table(runs)]);
}

/** Big-endian 32 bits each; negative ones as two's complement. */
function table(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
  return bytes;
}

function table64(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64BE(BigInt(value), 8 * index);
  return bytes;
}
