import { expect, test } from 'vitest';
import { type ByteReader, inspectStructure } from '#providers/transcoders/ffmpeg/source-structure.ts';
import type { Demuxer } from '#providers/transcoders/source-inspector.ts';

const box = (type: string, bodyBytes: number, declaredBytes = bodyBytes + 8) => {
  const bytes = Buffer.alloc(bodyBytes + 8);
  bytes.writeUInt32BE(declaredBytes);
  bytes.write(type, 4, 'latin1');
  return bytes;
};
const riff = (form: string, bodyBytes: number, declaredBytes = bodyBytes + 4) => {
  const bytes = Buffer.alloc(bodyBytes + 12);
  bytes.write('RIFF', 'latin1');
  bytes.writeUInt32LE(declaredBytes, 4);
  bytes.write(form, 8, 'latin1');
  return bytes;
};
/** EBML header of 5 bytes' content, then a Segment whose size is written as eight bytes. */
const matroska = (segmentBytes: number, sizeField: string) =>
  Buffer.concat([
    Buffer.from(`1a45dfa385${'00'.repeat(5)}18538067${sizeField}`, 'hex'),
    Buffer.alloc(segmentBytes),
  ]);
const asf = (declaredBytes: number, flags = 2) => {
  const bytes = Buffer.alloc(200);
  Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex').copy(bytes);
  Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex').copy(bytes, 30);
  bytes.writeBigUInt64LE(BigInt(declaredBytes), 70);
  bytes.writeUInt32LE(flags, 118);
  return bytes;
};

async function stateOf(demuxer: Demuxer, ...parts: readonly Buffer[]): Promise<string> {
  const bytes = Buffer.concat(parts);
  const read: ByteReader = async (start, length) => bytes.subarray(start, start + length);
  return (await inspectStructure(demuxer, bytes.length, read)).state;
}

const largeBox = Buffer.alloc(40);
largeBox.writeUInt32BE(1);
largeBox.write('mdat', 4, 'latin1');

test.each([
  ['whole', 'index in front', [box('ftyp', 8), box('moov', 50), box('mdat', 100)]],
  ['whole', 'index at the end', [box('ftyp', 8), box('mdat', 100), box('moov', 50)]],
  ['whole', 'a last box that reaches to the end', [box('ftyp', 8), box('moov', 50), box('mdat', 100, 0)]],
  ['truncated', 'data cut off', [box('ftyp', 8), box('moov', 50), box('mdat', 100, 5000)]],
  ['truncated', 'one byte missing', [box('ftyp', 8), box('moov', 50), box('mdat', 100, 109)]],
  ['truncated', 'index cut off', [box('ftyp', 8), box('mdat', 100), box('moov', 10, 500)]],
  ['truncated', 'index never written', [box('ftyp', 8), box('mdat', 100, 0)]],
  ['unknown', 'a playlist', [Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:4\n')]],
  ['unknown', 'no index and no data', [box('ftyp', 8), box('free', 20)]],
  ['unknown', 'a box smaller than its header', [box('ftyp', 8), box('moov', 50, 4)]],
  ['unknown', 'a few bytes', [Buffer.from('ftyp')]],
] as const)('mov: %s: %s', async (state, _, parts) => {
  expect(await stateOf('mov', ...parts)).toBe(state);
});

test('mov: a 64-bit size counts', async () => {
  largeBox.writeBigUInt64BE(40n, 8);
  expect(await stateOf('mov', box('moov', 8), largeBox)).toBe('whole');
  largeBox.writeBigUInt64BE(2n ** 33n, 8);
  expect(await stateOf('mov', box('moov', 8), largeBox)).toBe('truncated');
});

test.each([
  ['whole', [riff('AVI ', 100)]],
  ['whole', [riff('AVI ', 100), riff('AVIX', 100)]],
  ['truncated', [riff('AVI ', 100, 500)]],
  ['truncated', [riff('AVI ', 100), riff('AVIX', 100, 500)]],
  ['unknown', [riff('AVI ', 100, 0)]],
  ['unknown', [riff('AVI ', 100, 0xffffffff)]],
  ['unknown', [riff('WAVE', 100)]],
] as const)('avi: %s', async (state, parts) => {
  expect(await stateOf('avi', ...parts)).toBe(state);
});

test.each([
  ['whole', matroska(1000, '01000000000003e8')],
  ['truncated', matroska(999, '01000000000003e8')],
  ['unknown', matroska(1000, '01ffffffffffffff')],
  ['unknown', Buffer.alloc(64)],
] as const)('matroska: %s', async (state, bytes) => {
  expect(await stateOf('matroska', bytes)).toBe(state);
});

test.each([
  ['whole', asf(200)],
  ['truncated', asf(201)],
  ['unknown', asf(5000, 1)],
  ['unknown', asf(0)],
  ['unknown', Buffer.alloc(64)],
] as const)('asf: %s', async (state, bytes) => {
  expect(await stateOf('asf', bytes)).toBe(state);
});

test('a transport stream never tells', async () => {
  expect(await stateOf('mpegts', Buffer.alloc(188))).toBe('unknown');
});
