import { expect, test } from 'vitest';
import { parseByteRange } from '#api/media/byte-range.ts';
import { ifRangeHolds, noneMatchNames } from '#api/media/entity-tags.ts';
import { mediaKeyOf } from '#api/media/media-key.ts';

test.each([
  ['bytes=0-499', { start: 0, end: 499 }],
  ['bytes=500-', { start: 500 }],
  ['bytes=-500', { start: -500 }],
  ['bytes=7-7', { start: 7, end: 7 }],
  ['BYTES=0-1', { start: 0, end: 1 }],
  ['bytes=-0', { start: -0 }],
])('%s is understood', (header, range) => {
  expect(parseByteRange(header)).toEqual(range);
});

test.each([
  undefined,
  '',
  'bytes=',
  'bytes=-',
  'bytes=5-2',
  'bytes=0-1,3-4',
  'items=0-1',
  'bytes=a-b',
  'bytes=1.5-2',
  `bytes=${'9'.repeat(30)}-`,
])('%s is ignored, so the whole is sent', (header) => {
  expect(parseByteRange(header)).toBeUndefined();
});

test('If-None-Match compares weakly, If-Range strongly', () => {
  expect(noneMatchNames('"a", W/"b"', '"b"')).toBe(true);
  expect(noneMatchNames('*', '"b"')).toBe(true);
  expect(noneMatchNames('"c"', '"b"')).toBe(false);
  expect(ifRangeHolds('"b"', '"b"')).toBe(true);
  expect(ifRangeHolds('W/"b"', '"b"')).toBe(false);
  expect(ifRangeHolds('Sat, 21 Nov 2026 13:00:00 GMT', '"b"')).toBe(false);
});

test('a plain path is its key', () => {
  expect(mediaKeyOf('http://x/media/videos/1/hls/2/720p/seg%201.m4s?x=1')).toBe(
    'videos/1/hls/2/720p/seg 1.m4s',
  );
});

test.each([
  'a//b',
  '',
  'a/',
  'a/%2e%2e/b',
  'a%2fb',
  'a%2Fb',
  'a%5cb',
  'a\\b',
  'a%00b',
  'a%252fb',
  'a%25b',
  'a/%2e',
  'a%0ab',
  'a%ffb',
  'a%',
])('/media/%s is no key', (path) => {
  expect(mediaKeyOf(`http://x/media/${path}`)).toBeUndefined();
});
