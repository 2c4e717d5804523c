import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  MalformedMp4,
  parseInitSegment,
  parseMediaSegment,
} from '#providers/transcoders/ffmpeg/mp4-boxes.ts';

const words = (...numbers: readonly number[]) => {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(number | 0, 4 * index);
  return bytes;
};
const box = (type: string, ...bodies: readonly Buffer[]) => {
  const body = Buffer.concat(bodies);
  return Buffer.concat([words(body.length + 8), Buffer.from(type, 'latin1'), body]);
};

const videoEntry = box('avc1', Buffer.alloc(78), box('avcC', Buffer.from('01640028ff', 'hex')));
/** ES descriptor with sizes written in four bytes each, as FFmpeg does. */
const audioEntry = box(
  'mp4a',
  Buffer.alloc(28),
  box(
    'esds',
    words(0),
    Buffer.from('0380808022000200048080801440150000000001f4000001f4000580808002119006808080010200', 'hex'),
  ),
);

function init(entry: Buffer, edits: readonly (readonly [number, number])[] = []): Buffer {
  const editList = words(0, edits.length, ...edits.flatMap(([duration, time]) => [duration, time, 0x10000]));
  return Buffer.concat([
    box('ftyp', Buffer.from('iso5')),
    box(
      'moov',
      box('mvhd', Buffer.alloc(100)),
      box(
        'trak',
        ...(edits.length > 0 ? [box('edts', box('elst', editList))] : []),
        box(
          'mdia',
          box('mdhd', words(0, 0, 0, 15360, 0, 0)),
          box('minf', box('stbl', box('stsd', words(0, 1), entry))),
        ),
      ),
      box('mvex', box('trex', words(0, 1, 1, 512, 0, 0))),
    ),
  ]);
}

const run = (flags: number, count: number, ...rest: readonly number[]) =>
  box('trun', words(flags, count, ...rest));
const fragment = (tfdt: Buffer, ...runs: readonly Buffer[]) =>
  Buffer.concat([
    box('moof', box('mfhd', words(0, 1)), box('traf', box('tfhd', words(0x20000, 1)), tfdt, ...runs)),
    box('mdat', Buffer.alloc(16)),
  ]);

test('an init segment tells timescale, codec and edits', () => {
  const parsed = parseInitSegment(init(videoEntry, [[0, 1024]]));
  expect(parsed).toEqual({
    timescale: 15360,
    codec: 'avc1.640028',
    edits: [{ duration: 0, mediaTime: 1024 }],
    defaultSampleDuration: 512,
  });
  expect(
    parseInitSegment(
      init(videoEntry, [
        [66, -1],
        [0, 1024],
      ]),
    ).edits[0]?.mediaTime,
  ).toBe(-1);
  expect(parseInitSegment(init(audioEntry)).codec).toBe('mp4a.40.2');
});

test('samples are counted and their durations added, over fragments and runs', () => {
  const parsed = parseInitSegment(init(videoEntry));
  const wide = box('tfdt', words(0x01000000, 1, 2));
  const narrow = box('tfdt', words(0, 61440));
  const sized = run(0x201, 2, 100, 11, 12);
  const timed = run(0x305, 2, 100, 0, 500, 11, 524, 12);
  expect(parseMediaSegment(fragment(narrow, sized), parsed)).toEqual({
    decodeTime: 61440n,
    sampleCount: 2,
    duration: 1024,
  });
  const two = Buffer.concat([fragment(wide, timed, sized), fragment(narrow, timed)]);
  expect(parseMediaSegment(two, parsed)).toEqual({
    decodeTime: 2n ** 32n + 2n,
    sampleCount: 6,
    duration: 1024 + 1024 + 1024,
  });
});

test('a fragment may bring its own default duration', () => {
  const parsed = parseInitSegment(init(videoEntry));
  const traf = box('traf', box('tfhd', words(0x8, 1, 1000)), box('tfdt', words(0, 0)), run(0, 3));
  const bytes = Buffer.concat([box('moof', traf), box('mdat', Buffer.alloc(4))]);
  expect(parseMediaSegment(bytes, parsed).duration).toBe(3000);
});

test('a segment that is cut off anywhere is never taken for a whole one', () => {
  const parsed = parseInitSegment(init(videoEntry));
  const bytes = fragment(box('tfdt', words(0, 0)), run(0x201, 2, 100, 11, 12));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
      expect(() => parseMediaSegment(bytes.subarray(0, length), parsed)).toThrow(MalformedMp4);
    }),
  );
});

test('an init segment without a track, or of another codec, is refused', () => {
  expect(() => parseInitSegment(box('moov', box('mvhd', Buffer.alloc(8))))).toThrow('no trak');
  expect(() => parseInitSegment(init(box('hvc1', Buffer.alloc(78))))).toThrow('unexpected sample entry hvc1');
});
