import { expect, test } from 'vitest';
import { isSegment, SEGMENT_SNIFF_BYTES } from '#domain/media/sniff-segment.ts';

const box = (type: string) => Buffer.from(`\0\0\0\x18${type}isom\0\0\0\0`, 'latin1');
const ts = (...syncs: number[]) => {
  const bytes = Buffer.alloc(SEGMENT_SNIFF_BYTES, 1);
  for (const at of syncs) bytes[at] = 0x47;
  return bytes;
};

test.each<[string, string, Uint8Array]>([
  ['m4s', 'with its type', box('styp')],
  ['m4s', 'without', box('moof')],
  ['m4s', 'with an index', box('sidx')],
  ['mp4', 'an initialisation', box('ftyp')],
  ['ts', 'packets', ts(0, 188, 376)],
  ['ts', 'one packet', ts(0).subarray(0, 188)],
  ['aac', 'ADTS', Buffer.from([0xff, 0xf1, 0x50])],
  ['aac', 'ADTS of MPEG-2', Buffer.from([0xff, 0xf9, 0x50])],
  ['aac', 'a tag first', Buffer.from('ID3\x04')],
  ['vtt', 'plain', Buffer.from('WEBVTT')],
  ['vtt', 'with a mark of order', Buffer.from('\ufeffWEBVTT - a title\n')],
  ['jpg', 'JFIF', Buffer.from('ffd8ffe000', 'hex')],
])('.%s: %s is one', (extension, _, head) => {
  expect(isSegment(extension, head)).toBe(true);
});

test.each<[string, string, Uint8Array]>([
  ['m4s', 'a page', Buffer.from('<!doctype html><html>')],
  ['m4s', 'nothing', Buffer.alloc(0)],
  ['mp4', 'a playlist', Buffer.from('#EXTM3U\n#EXTINF:4,\n')],
  ['ts', 'text that begins with the sync byte', Buffer.from('G'.padEnd(400, ' '))],
  ['ts', 'a second packet out of step', ts(0, 376)],
  ['ts', 'half a packet', ts(0).subarray(0, 100)],
  ['aac', 'an MP3', Buffer.from([0xff, 0xfb, 0x90])],
  ['aac', 'a byte', Buffer.from([0xff])],
  ['vtt', 'another word', Buffer.from('WEBVTTX')],
  ['vtt', 'a script', Buffer.from('<script>')],
  ['jpg', 'a PNG', Buffer.from('89504e47', 'hex')],
  ['exe', 'a kind that no set holds', box('ftyp')],
  ['constructor', 'no kind at all', box('ftyp')],
])('.%s: %s is none', (extension, _, head) => {
  expect(isSegment(extension, head)).toBe(false);
});
