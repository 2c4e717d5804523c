import { describe, expect, test } from 'vitest';
import { PlaylistError, parsePlaylist } from '#domain/media/hls-playlist.ts';

const EVIL = 'http://elsewhere.example.com/x.ts';

const master = (...lines: string[]) =>
  ['#EXTM3U', '#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=320x180', 'a.m3u8', ...lines, ''].join('\n');
const media = (...lines: string[]) =>
  ['#EXTM3U', ...lines, '#EXTINF:4,', 'seg-0.m4s', '#EXT-X-ENDLIST', ''].join('\n');

/** Each is an address to hls.js or to another player, and was a remark, a title or another attribute to us. */
describe('an address that only some players see is refused', () => {
  test.each([
    ['behind a carriage return', media(`# remark\r${EVIL}`)],
    ['behind a line separator', media(`# remark\u2028${EVIL}`)],
    ['behind a paragraph separator', media(`# remark\u2029${EVIL}`)],
    ['behind a length without a comma', media(`#EXTINF:4 ${EVIL}`, 'seg-1.m4s')],
    ['in the title of a last length', `${media().trimEnd()}\n#EXTINF:4,title ${EVIL}`],
    ['behind an attribute with a blank in its name', media(`#EXT-X-MAP:A B="C=",URI ="${EVIL}"`)],
    ['behind a tag in a remark', master('# #EXT-X-STREAM-INF:BANDWIDTH=2', EVIL)],
    ['in a tag in a remark', master(`# #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="${EVIL}"`)],
    ['on a line of its own in a master', master(EVIL)],
    ['in a master that is a media playlist as well', master('#EXT-X-TARGETDURATION:4', '#EXTINF:4,', EVIL)],
  ])('%s', (_, text) => {
    expect(() => parsePlaylist(text)).toThrow(PlaylistError);
  });
});

test('an attribute in lower case hides none behind it', () => {
  expect(parsePlaylist(media(`#EXT-X-MAP:x="A=",URI="${EVIL}"`))).toMatchObject({ resources: [EVIL] });
});

test.each([
  ['letters', 'A'.repeat(8_000_000)],
  ['blanks', `URI=x${' '.repeat(8_000_000)}"`],
  ['quotes', `URI="${'x"'.repeat(4_000_000)}`],
  ['commas', `URI=x${','.repeat(8_000_000)}`],
])('a tag of eight million %s is read in one pass', (_, list) => {
  expect(() => parsePlaylist(media(`#EXT-X-MAP:${list},URI=`, `#EXT-X-VENDOR:${list}`))).toThrow(
    PlaylistError,
  );
});

test('tags of other forms than a list of attributes are nobody else’s business', () => {
  const text = media(
    '#EXT-X-PROGRAM-DATE-TIME:2026-01-22T03:00:00.000Z',
    '#EXT-X-VENDOR:"a,b',
    '#EXT-X-DISCONTINUITY',
  );
  expect(parsePlaylist(text)).toMatchObject({ segments: [{ uri: 'seg-0.m4s' }], resources: [] });
});

test('blanks around attributes and behind a length are as good as none', () => {
  expect(
    parsePlaylist(media('#EXT-X-MAP: URI="init.mp4" , BYTERANGE="9@0"', '#EXTINF:4.5 ', 's.ts')),
  ).toMatchObject({
    resources: ['init.mp4'],
    segments: [{ durationSeconds: 4.5 }, { durationSeconds: 4 }],
  });
});
