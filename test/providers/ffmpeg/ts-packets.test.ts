import { expect, test } from 'vitest';
import { parseTransportSegment } from '#providers/transcoders/ffmpeg/ts-packets.ts';

const PROGRAM_MAP_PID = 0x1000;
const MEDIA_PID = 0x100;

function packet(pid: number, startsUnit: boolean, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(188, 0xff);
  bytes.writeUInt8(0x47, 0);
  bytes.writeUInt16BE((startsUnit ? 0x4000 : 0) | pid, 1);
  const padding = 184 - payload.length;
  if (padding === 0) {
    bytes.writeUInt8(0x10, 3);
  } else {
    bytes.writeUInt8(0x30, 3);
    bytes.writeUInt8(padding - 1, 4);
  }
  payload.copy(bytes, 188 - payload.length);
  return bytes;
}

const associations = Buffer.alloc(17);
associations.writeUInt16BE(0xe000 | PROGRAM_MAP_PID, 11);
const programMap = Buffer.alloc(22);
programMap.writeUInt8(0x1b, 13);
programMap.writeUInt16BE(0xe000 | MEDIA_PID, 14);
const tables = [packet(0, true, associations), packet(PROGRAM_MAP_PID, true, programMap)];
const parameterSet = Buffer.from('000001e0000080800521000100010000000109f00000000167640028ac', 'hex');

test('every unit counts once, and the parameter set tells the codec', () => {
  const bytes = Buffer.concat([
    ...tables,
    packet(MEDIA_PID, true, parameterSet),
    packet(MEDIA_PID, false, Buffer.alloc(184)),
    packet(MEDIA_PID, true, Buffer.alloc(100)),
  ]);
  expect(parseTransportSegment(bytes)).toEqual({ unitCount: 2, videoCodec: 'avc1.640028' });
});

test('a parameter set may lie across packets', () => {
  const cut = parameterSet.length - 2;
  const bytes = Buffer.concat([
    ...tables,
    packet(MEDIA_PID, true, parameterSet.subarray(0, cut)),
    packet(MEDIA_PID, false, parameterSet.subarray(cut)),
  ]);
  expect(parseTransportSegment(bytes).videoCodec).toBe('avc1.640028');
});

test('what is cut off or no transport stream is refused', () => {
  const bytes = Buffer.concat(tables);
  for (const wrong of [bytes.subarray(0, -1), Buffer.alloc(188), Buffer.alloc(0)]) {
    expect(() => parseTransportSegment(wrong)).toThrow(RangeError);
  }
});
