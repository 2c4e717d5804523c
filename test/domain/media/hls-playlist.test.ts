import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlaylistError, parsePlaylist } from '#domain/media/hls-playlist.ts';

const lines = (...all: string[]) => `${['#EXTM3U', ...all].join('\n')}\n`;

const MASTER = lines(
  '#EXT-X-VERSION:7',
  '#EXT-X-INDEPENDENT-SEGMENTS',
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Stereo, 128k",URI="audio/playlist.m3u8"',
  '#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="audio"',
  '360p/playlist.m3u8',
  '',
  '#EXT-X-STREAM-INF:BANDWIDTH=2800000,RESOLUTION=1280x720,CODECS="avc1.4d401f,mp4a.40.2",AUDIO="audio"',
  '720p/playlist.m3u8',
  '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,URI="iframes.m3u8"',
);
const MEDIA = lines(
  '#EXT-X-TARGETDURATION:4',
  '#EXT-X-MAP:URI="init.mp4"',
  '#EXTINF:4.000000,',
  'seg-0.m4s',
  '# a remark',
  '#EXTINF:1.5,A title, with a comma',
  'seg-1.m4s',
  '#EXT-X-ENDLIST',
);

describe('a master playlist', () => {
  test('gives its variants with their attributes, and what else it names', () => {
    expect(parsePlaylist(MASTER)).toEqual({
      kind: 'master',
      variants: [
        {
          uri: '360p/playlist.m3u8',
          attributes: {
            BANDWIDTH: '800000',
            RESOLUTION: '640x360',
            CODECS: 'avc1.4d401e,mp4a.40.2',
            AUDIO: 'audio',
          },
        },
        { uri: '720p/playlist.m3u8', attributes: expect.objectContaining({ RESOLUTION: '1280x720' }) },
      ],
      renditions: ['audio/playlist.m3u8', 'iframes.m3u8'],
      groups: [{ TYPE: 'AUDIO', 'GROUP-ID': 'audio', NAME: 'Stereo, 128k', URI: 'audio/playlist.m3u8' }],
      resources: [],
      encrypted: false,
    });
  });

  test.each([
    ['at the end', lines('#EXT-X-STREAM-INF:BANDWIDTH=1')],
    ['before another tag', lines('#EXT-X-STREAM-INF:BANDWIDTH=1', '#EXT-X-ENDLIST', 'a.m3u8')],
  ])('a variant without a URI %s is an error', (_, text) => {
    expect(() => parsePlaylist(text)).toThrow(PlaylistError);
  });
});

describe('a media playlist', () => {
  test('gives its segments with their lengths, its resources and its end', () => {
    expect(parsePlaylist(MEDIA)).toEqual({
      kind: 'media',
      segments: [
        { uri: 'seg-0.m4s', durationSeconds: 4 },
        { uri: 'seg-1.m4s', durationSeconds: 1.5 },
      ],
      resources: ['init.mp4'],
      ended: true,
      encrypted: false,
    });
  });

  test('lines may end as on Windows', () => {
    expect(parsePlaylist(MEDIA.replaceAll('\n', '\r\n'))).toEqual(parsePlaylist(MEDIA));
  });

  test('without an end it is not ended', () => {
    expect(parsePlaylist(MEDIA.replace('#EXT-X-ENDLIST\n', ''))).toMatchObject({ ended: false });
  });

  test.each([
    ['no length', 'seg-0.m4s'],
    ['a length that is no number', '#EXTINF:four,\nseg-0.m4s'],
    ['a negative length', '#EXTINF:-4,\nseg-0.m4s'],
    ['a length without end', '#EXTINF:1e999,\nseg-0.m4s'],
    ['the length of the segment before', '#EXTINF:4,\nseg-0.m4s\nseg-1.m4s'],
    ['blanks for a name', '#EXTINF:4,\nseg-0.m4s\n   '],
  ])('a segment with %s is an error', (_, text) => {
    expect(() => parsePlaylist(lines(text))).toThrow(PlaylistError);
  });
});

describe('ranges of one file', () => {
  const ranges = (...all: string[]) =>
    parsePlaylist(lines(...all.flatMap((range) => ['#EXTINF:4,', `#EXT-X-BYTERANGE:${range}`, 'all.mp4'])));

  test('end where they say, or as long after the one before', () => {
    expect(ranges('1000@500', '200', '7@0')).toMatchObject({
      segments: [{ endsAtByte: 1500 }, { endsAtByte: 1700 }, { endsAtByte: 7 }],
    });
  });

  test.each(['200', 'all', '-1@5', '1@-5', '5@1e3', ''])('that begin nowhere are an error: %j', (range) => {
    expect(() => ranges(range)).toThrow(PlaylistError);
  });

  test('do not go on in another file', () => {
    const other = lines(
      '#EXTINF:4,',
      '#EXT-X-BYTERANGE:9@0',
      'a.mp4',
      '#EXTINF:4,',
      '#EXT-X-BYTERANGE:9',
      'b.mp4',
    );
    expect(() => parsePlaylist(other)).toThrow(PlaylistError);
  });
});

describe('a key', () => {
  const media = (tag: string) => parsePlaylist(lines(tag, '#EXTINF:4,', 'seg-0.m4s', '#EXT-X-ENDLIST'));
  const master = (tag: string) => parsePlaylist(lines(tag, '#EXT-X-STREAM-INF:BANDWIDTH=1', 'a.m3u8'));

  test.each(['METHOD=AES-128,URI="key"', 'METHOD=SAMPLE-AES', 'URI="key"', ''])('by %j is seen', (list) => {
    expect(media(`#EXT-X-KEY:${list}`)).toMatchObject({ encrypted: true });
    expect(master(`#EXT-X-SESSION-KEY:${list}`)).toMatchObject({ encrypted: true });
  });

  test('by no method is none', () => {
    expect(media('#EXT-X-KEY:METHOD=NONE')).toMatchObject({ encrypted: false });
  });
});

/** Every address that a player could be sent to must come out, or nothing can check where it leads. */
test.each([
  '#EXT-X-KEY:METHOD=AES-128,URI="https://elsewhere/key"',
  '#EXT-X-MAP:URI="https://elsewhere/init.mp4"',
  '#EXT-X-PART:DURATION=1,URI="https://elsewhere/part.m4s"',
  '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="https://elsewhere/next.m4s"',
  '#EXT-X-RENDITION-REPORT:URI="https://elsewhere/other.m3u8"',
  '#EXT-X-DATERANGE:ID="ad",X-ASSET-URI="https://elsewhere/ad.m3u8"',
  '#EXT-X-DATERANGE:ID="ad",X-ASSET-LIST="https://elsewhere/ads.json"',
])('a media playlist does not hide the address in %s', (tag) => {
  const playlist = parsePlaylist(lines(tag, '#EXTINF:4,', 'seg-0.m4s', '#EXT-X-ENDLIST'));
  expect(playlist).toMatchObject({ kind: 'media', resources: [expect.stringContaining('elsewhere')] });
});

test.each([
  '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="https://elsewhere/key"',
  '#EXT-X-SESSION-DATA:DATA-ID="x",URI="https://elsewhere/data.json"',
  '#EXT-X-CONTENT-STEERING:SERVER-URI="https://elsewhere/steer"',
])('a master playlist does not hide the address in %s', (tag) => {
  const playlist = parsePlaylist(lines(tag, '#EXT-X-STREAM-INF:BANDWIDTH=1', 'a.m3u8'));
  expect(playlist).toMatchObject({ kind: 'master', resources: [expect.stringContaining('elsewhere')] });
});

test('an attribute that comes twice is an error: players disagree on which of them holds', () => {
  const twice = '#EXT-X-MAP:URI="https://elsewhere/init.mp4",URI="init.mp4"';
  expect(() => parsePlaylist(lines(twice, '#EXTINF:4,', 'seg-0.m4s'))).toThrow(PlaylistError);
});

test('an address inside the quotes of another attribute is none', () => {
  const text = lines('#EXT-X-MAP:URI="init.mp4",NOTE="x,URI=evil"', '#EXTINF:4,', 'seg-0.m4s');
  expect(parsePlaylist(text)).toMatchObject({ resources: ['init.mp4'] });
});

test.each(['', '\n', 'EXTM3U', '<html></html>', '#EXTM3U8-like\n#EXTINF:4,\na.ts', '\ufeff'])(
  '%j is no playlist',
  (text) => {
    expect(() => parsePlaylist(text)).toThrow(PlaylistError);
  },
);

test('any text is a playlist or a PlaylistError', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '#EXTINF:4,',
      '#EXT-X-STREAM-INF:',
      '#EXT-X-MAP:URI=',
      '#EXT-X-ENDLIST',
      'a.ts',
      ':',
      '#',
    ),
  );
  fc.assert(
    fc.property(fc.array(line), (all) => {
      try {
        parsePlaylist(lines(...all));
      } catch (error) {
        expect(error).toBeInstanceOf(PlaylistError);
      }
    }),
    { numRuns: 500 },
  );
});
