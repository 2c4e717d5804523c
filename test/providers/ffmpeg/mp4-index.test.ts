import { describe, expect, test } from 'vitest';
import { boxes, child, MalformedMp4 } from '#providers/transcoders/ffmpeg/mp4-boxes.ts';
import { layOut } from '#providers/transcoders/ffmpeg/mp4-index.ts';
import { type SegmentSamples, samplesOf } from '#providers/transcoders/ffmpeg/mp4-samples.ts';

const words = (...numbers: readonly number[]) => {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(number | 0, 4 * index);
  return bytes;
};
const box = (type: string, ...bodies: readonly Buffer[]) => {
  const body = Buffer.concat(bodies);
  return Buffer.concat([words(body.length + 8), Buffer.from(type, 'latin1'), body]);
};

/** As FFmpeg writes it: one track of 15,360 ticks a second whose presentation begins `shift` ticks late. */
const init = (shift = 0) =>
  Buffer.concat([
    box('ftyp', Buffer.from('iso5')),
    box(
      'moov',
      box('mvhd', words(0, 0, 0, 1000, 0), Buffer.alloc(80)),
      box(
        'trak',
        box('tkhd', Buffer.alloc(84)),
        box('edts', box('elst', words(0, 1, 0, shift, 0x10000))),
        box(
          'mdia',
          box('mdhd', words(0, 0, 0, 15_360, 0, 0)),
          box('hdlr', Buffer.alloc(20)),
          box(
            'minf',
            box('vmhd', Buffer.alloc(12)),
            box(
              'stbl',
              box(
                'stsd',
                words(0, 1),
                box('avc1', Buffer.alloc(78), box('avcC', Buffer.from('01640028ff', 'hex'))),
              ),
            ),
          ),
        ),
      ),
      box('mvex', box('trex', words(0, 1, 1, 512, 0, 0))),
    ),
  ]);

const samples = (sizes: number[], changes: Partial<SegmentSamples> = {}): SegmentSamples => ({
  sizes: Uint32Array.from(sizes),
  durations: Uint32Array.from(sizes.map(() => 512)),
  compositionOffsets: Int32Array.from(sizes.map(() => 0)),
  isSync: Uint8Array.from(sizes.map((_, index) => (index === 0 ? 1 : 0))),
  pieces: [{ start: 100, sizeBytes: sizes.reduce((sum, size) => sum + size, 0), count: sizes.length }],
  ...changes,
});

const tracksOf = (head: Buffer) => {
  const moov = child(boxes(head.subarray(0, head.length - 8)), 'moov');
  return boxes(moov)
    .filter(({ type }) => type === 'trak')
    .map(({ body }) => {
      const mdia = boxes(child(boxes(body), 'mdia'));
      const stbl = boxes(child(boxes(child(mdia, 'minf')), 'stbl'));
      return { trak: boxes(body), mdia, stbl };
    });
};
const numbers = (bytes: Buffer) =>
  Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(4 * i));

describe('the index', () => {
  test('names every sample by size, time and place, the tracks in turns', () => {
    const video = { init: init(1024), segments: [samples([10, 20]), samples([30])] };
    const audio = {
      init: init(),
      segments: [samples([1, 1], { isSync: Uint8Array.of(1, 1) }), samples([1, 1])],
    };
    const { head, pieces, sizeBytes } = layOut([video, audio]);
    expect(sizeBytes).toBe(head.length + 64);
    expect(pieces.map(({ track, segment }) => [track, segment])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    const [v, a] = tracksOf(head);
    expect(numbers(child(v?.stbl ?? [], 'stsz'))).toEqual([0, 0, 3, 10, 20, 30]);
    expect(numbers(child(v?.stbl ?? [], 'stts'))).toEqual([0, 1, 3, 512]);
    expect(numbers(child(v?.stbl ?? [], 'stss'))).toEqual([0, 2, 1, 3]);
    expect(numbers(child(v?.stbl ?? [], 'stsc'))).toEqual([0, 2, 1, 2, 1, 2, 1, 1]);
    expect(numbers(child(v?.stbl ?? [], 'stco'))).toEqual([0, 2, head.length, head.length + 32]);
    expect(numbers(child(a?.stbl ?? [], 'stco'))).toEqual([0, 2, head.length + 30, head.length + 62]);
    // 1536 of 15,360 ticks: a tenth of a second, shown from tick 1024 on.
    expect(numbers(child(boxes(child(v?.trak ?? [], 'edts')), 'elst'))).toEqual([0, 1, 100, 1024, 0x10000]);
    expect(child(v?.mdia ?? [], 'mdhd').readUInt32BE(16)).toBe(1536);
    expect([v, a].map((track) => child(track?.trak ?? [], 'tkhd').readUInt32BE(12))).toEqual([1, 2]);
  });

  test('says how much later a picture is shown, in both directions', () => {
    const track = (...offsets: number[]) => ({
      init: init(),
      segments: [samples([1, 1, 1], { compositionOffsets: Int32Array.from(offsets) })],
    });
    const cttsOf = (...offsets: number[]) => {
      const [found] = tracksOf(layOut([track(...offsets)]).head);
      const table = found?.stbl.find(({ type }) => type === 'ctts')?.body;
      return table && [...numbers(table)].map((value) => value | 0);
    };
    expect(cttsOf(512, 512, 0)).toEqual([0, 2, 2, 512, 1, 0]);
    expect(cttsOf(0, -512, 0)).toEqual([0x1000000, 3, 1, 0, 1, -512, 1, 0]);
    expect(cttsOf(0, 0, 0)).toBeUndefined();
  });

  test('of more than four gigabytes counts in 64 bits', () => {
    const piece = { start: 100, sizeBytes: 3 * 1024 ** 3, count: 1 };
    const track = {
      init: init(),
      segments: [1, 2, 3].map(() => samples([piece.sizeBytes], { pieces: [piece] })),
    };
    const { head, sizeBytes } = layOut([track]);
    expect(sizeBytes).toBe(head.length + 9 * 1024 ** 3);
    expect(head.subarray(-16, -8).toString('latin1')).toBe('\0\0\0\x01mdat');
    expect(Number(head.readBigUInt64BE(head.length - 8))).toBe(9 * 1024 ** 3 + 16);
    const moov = child(boxes(head.subarray(0, head.length - 16)), 'moov');
    const at = moov.indexOf('co64') + 12;
    expect([0, 1, 2].map((n) => Number(moov.readBigUInt64BE(at + 8 * n)))).toEqual(
      [0, 1, 2].map((n) => head.length + n * 3 * 1024 ** 3),
    );
  });
});

describe('the samples of a segment', () => {
  const fragment = (tfhd: Buffer, trun: Buffer, media = Buffer.alloc(30)) =>
    Buffer.concat([
      box('styp', Buffer.from('msdh')),
      box('moof', box('mfhd', words(0, 1)), box('traf', box('tfhd', tfhd), box('trun', trun))),
      box('mdat', media),
    ]);
  const DEFAULTS = words(0x20038, 1, 512, 10, 0x1010000);

  test('are told by the run, else by the fragment, else by the track', () => {
    const told = samplesOf(
      fragment(DEFAULTS, words(0x1000f05, 2, 96, 0x2000000, 100, 7, 0x2000000, -5, 200, 8, 0x1010000, 5)),
      1,
    );
    expect([...told.durations, ...told.sizes, ...told.compositionOffsets]).toEqual([100, 200, 7, 8, -5, 5]);
    expect([...told.isSync]).toEqual([1, 0]);
    const byFragment = samplesOf(fragment(DEFAULTS, words(0x5, 3, 92, 0x2000000)), 1);
    expect([...byFragment.durations, ...byFragment.sizes, ...byFragment.isSync]).toEqual([
      512, 512, 512, 10, 10, 10, 1, 0, 0,
    ]);
    // The box before the fragment has twelve bytes.
    expect(byFragment.pieces).toEqual([{ start: 12 + 92, sizeBytes: 30, count: 3 }]);
    const byTrack = samplesOf(fragment(words(0x20010, 1, 10), words(0x1, 1, 96)), 77);
    expect([...byTrack.durations]).toEqual([77]);
  });

  test.each<[string, Buffer]>([
    ['lie outside the segment', fragment(DEFAULTS, words(0x1, 9, 96))],
    ['are counted from elsewhere', fragment(words(0x1, 1, 0, 0), words(0x1, 1, 96))],
    ['lie nobody knows where', fragment(DEFAULTS, words(0, 1))],
    ['are cut off', fragment(DEFAULTS, words(0x301, 2, 96, 100, 7))],
    ['have no length', fragment(words(0x20000, 1), words(0x1, 1, 96))],
  ])('that %s are none', (_, bytes) => {
    expect(() => samplesOf(bytes, 512)).toThrow(MalformedMp4);
  });
});
