import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { stagedSet } from '#domain/upload/check-set.ts';
import { SetFault, verifySet } from '#domain/upload/verify-set.ts';
import { useStage } from '../stage.ts';
import { box, edit, packets, type SetOnDisk, typeOf, wholeSet } from './set-steps.ts';

const stage = useStage();
let prefixes = 0;

/** Stores a set with a planted defect as if it had been uploaded, and has it judged. */
async function verdict(plant: (files: SetOnDisk) => unknown = () => undefined): Promise<string> {
  const files = wholeSet();
  plant(files);
  prefixes += 1;
  const session = {
    id: `set-${prefixes}`,
    videoId: 'video',
    setFiles: [...files.keys()].map((path) => ({ path, contentType: typeOf(path), sizeBytes: null })),
  };
  const { storage, settings } = stage.system();
  await Promise.all(
    [...files].map(([path, bytes]) =>
      storage.sources.put(`staging/video/${session.id}/set/${path}`, bytes, { contentType: typeOf(path) }),
    ),
  );
  const staged = await stagedSet({ storage }, session);
  if (!staged) return 'not whole';
  const policy = settings.policies.signer;
  return verifySet({ sources: storage.sources, staged, policy }, new AbortController().signal).then(
    () => 'whole',
    (error: unknown) => {
      expect(error).toBeInstanceOf(SetFault);
      return (error as SetFault).message;
    },
  );
}

const SEGMENT = '180p/seg-1.m4s';
const PLAYLIST = '180p/playlist.m3u8';
const replace = (path: string, what: string | RegExp, by: string) => (files: SetOnDisk) =>
  edit(files, path, what, by);

test('a whole set passes', async () => {
  expect(await verdict()).toBe('whole');
});

test('so does one of transport streams with subtitles and a picture list, packed sound, and one file cut by ranges', async () => {
  expect(
    await verdict((files) => {
      for (const path of [...files.keys()].filter((path) => path.startsWith('180p/'))) files.delete(path);
      const head = '#EXTM3U\n#EXT-X-TARGETDURATION:8\n';
      files.set('180p/all.ts', packets(10));
      files.set(
        '180p/playlist.m3u8',
        Buffer.from(
          `${head}#EXTINF:4,\n#EXT-X-BYTERANGE:940@0\nall.ts\n#EXTINF:4,\n#EXT-X-BYTERANGE:940\nall.ts\n#EXT-X-ENDLIST\n`,
        ),
      );
      files.set('subs/en.vtt', Buffer.from('\ufeffWEBVTT\n\n00:00.000 --> 00:01.000\nHello\n'));
      files.set('subs/en.m3u8', Buffer.from(`${head}#EXTINF:8,\nen.vtt\n#EXT-X-ENDLIST\n`));
      files.set('packed/1.aac', Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0]));
      files.set('packed/2.aac', Buffer.concat([Buffer.from('ID3'), randomBytes(40)]));
      files.set(
        'packed/list.m3u8',
        Buffer.from(`${head}#EXTINF:4,\n1.aac\n#EXTINF:4,\n2.aac\n#EXT-X-ENDLIST\n`),
      );
      files.set('thumbs/1.jpg', Buffer.from('ffd8ffdb00', 'hex'));
      files.set('thumbs/list.m3u8', Buffer.from(`${head}#EXTINF:8,\n1.jpg\n#EXT-X-ENDLIST\n`));
      edit(
        files,
        'master.m3u8',
        '#EXT-X-STREAM',
        [
          '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",URI="subs/en.m3u8"',
          '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="b",NAME="b",URI="packed/list.m3u8"',
          '#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,RESOLUTION=160x90,URI="thumbs/list.m3u8"',
          '#EXT-X-STREAM',
        ].join('\n'),
      );
    }),
  ).toBe('whole');
});

test('a file that is not there yet is no verdict at all', async () => {
  const { storage } = stage.system();
  const setFiles = [{ path: 'master.m3u8', contentType: 'x', sizeBytes: null }];
  expect(await stagedSet({ storage }, { id: 'nothing', videoId: 'video', setFiles })).toBeNull();
});

describe('planted defects', () => {
  test.each<[string, (files: SetOnDisk) => unknown, string]>([
    [
      'the last segment missing',
      (f) => f.delete(SEGMENT),
      `${SEGMENT} is named by a playlist, but is not there`,
    ],
    [
      'an empty segment',
      (f) => f.set(SEGMENT, Buffer.alloc(0)),
      `${SEGMENT} is named by a playlist, but is not`,
    ],
    ['no initialisation', (f) => f.delete('180p/init.mp4'), '180p/init.mp4'],
    ['no end', replace(PLAYLIST, '#EXT-X-ENDLIST\n', ''), `${PLAYLIST} has no end`],
    ['no playlist', (f) => f.delete(PLAYLIST), PLAYLIST],
    ['an empty playlist', (f) => f.set(PLAYLIST, Buffer.alloc(0)), PLAYLIST],
    ['a playlist that is none', (f) => f.set(PLAYLIST, Buffer.from('<html></html>')), '#EXTM3U'],
    [
      'a playlist too long',
      (f) =>
        f.set(
          PLAYLIST,
          Buffer.concat([f.get(PLAYLIST) ?? Buffer.alloc(0), Buffer.alloc(8 * 1024 ** 2, '\n')]),
        ),
      `${PLAYLIST} is too long`,
    ],
    [
      'a media playlist for a master',
      (f) => f.set('master.m3u8', f.get(PLAYLIST) ?? Buffer.alloc(0)),
      'not a master',
    ],
    [
      'two masters',
      (f) => f.set('index.m3u8', f.get('master.m3u8') ?? Buffer.alloc(0)),
      'index.m3u8 is named by no playlist',
    ],
    [
      'a master for a variant',
      (f) => f.set(PLAYLIST, f.get('master.m3u8') ?? Buffer.alloc(0)),
      'not a media',
    ],
    ['a segment that no playlist names', (f) => f.set('180p/seg-2.m4s', box('moof')), 'named by no playlist'],
    ['a video that no playlist names', (f) => f.set('holiday.mp4', box('ftyp')), 'named by no playlist'],
    ['a playlist in the place of a segment', replace(PLAYLIST, 'seg-1.m4s', 'playlist.m3u8'), SEGMENT],
    [
      'a playlist that nobody reads',
      (f) => {
        f.set('180p/other.m3u8', Buffer.from('#EXTM3U\n#EXTINF:4,\nhttp://169.254.169.254/\n'));
        edit(f, PLAYLIST, 'seg-1.m4s', 'seg-1.m4s\n#EXTINF:0.1,\nother.m3u8');
      },
      '180p/other.m3u8 is named as something else',
    ],
    [
      'text under the name of fMP4',
      (f) => f.set(SEGMENT, Buffer.from('<script>alert(1)</script>')),
      `the bytes of ${SEGMENT}`,
    ],
    [
      'text under the name of a transport stream',
      (f) => {
        f.set('180p/seg-1.ts', Buffer.from('G'.padEnd(500, 'x')));
        f.delete(SEGMENT);
        edit(f, PLAYLIST, 'seg-1.m4s', 'seg-1.ts');
      },
      'the bytes of 180p/seg-1.ts',
    ],
    [
      'a page under the name of a picture',
      (f) => f.set('poster.jpg', Buffer.from('<html></html>')),
      'the bytes of poster.jpg',
    ],
    ['an empty picture', (f) => f.set('poster.jpg', Buffer.alloc(0)), 'poster.jpg is empty'],
    [
      'a key',
      replace(PLAYLIST, '#EXT-X-MAP', '#EXT-X-KEY:METHOD=AES-128,URI="init.mp4"\n#EXT-X-MAP'),
      'needs a key',
    ],
    [
      'a key of the session',
      replace(
        'master.m3u8',
        '#EXT-X-STREAM',
        '#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="poster.jpg"\n#EXT-X-STREAM',
      ),
      'master.m3u8 needs a key',
    ],
    ['variants of two lengths', replace(PLAYLIST, /4\.000000(?=,\nseg-1)/, '1.900000'), 'lasts 5.900 s'],
    [
      'variants of no length',
      (f) => {
        for (const path of [PLAYLIST, '360p/playlist.m3u8']) edit(f, path, /4\.000000/g, '0');
      },
      'no length',
    ],
    ['a length without end', replace(PLAYLIST, '4.000000', '1e999'), 'EXTINF'],
    [
      'a film of days',
      (f) => {
        for (const path of [PLAYLIST, '360p/playlist.m3u8']) edit(f, path, '4.000000', '90000');
      },
      'at most 43200 s',
    ],
    ['a size that no screen has', replace('master.m3u8', '640x360', '64000x36000'), 'RESOLUTION=64000x36000'],
    ['a size that is none', replace('master.m3u8', '640x360', 'huge'), 'RESOLUTION=huge'],
    ['no size at all', replace('master.m3u8', /,RESOLUTION=\d+x\d+/g, ''), 'names its RESOLUTION'],
    [
      'a range past the end of its file',
      replace(PLAYLIST, '#EXTINF:4.000000,\nseg-1', '#EXTINF:4.000000,\n#EXT-X-BYTERANGE:5@204\nseg-1'),
      'ends before a range',
    ],
  ])('%s', async (_, plant, what) => {
    expect(await verdict(plant)).toContain(what);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'https://elsewhere.example.com/seg.m4s',
    '//elsewhere.example.com/seg.m4s',
    '/videos/other/seg.m4s',
    '../360p/seg-1.m4s',
    '../../../../other/seg-1.m4s',
    'seg-1.m4s?token=1',
    'seg-1.m4s#t=1',
    '%2e%2e/seg-1.m4s',
    'data:video/mp4;base64,AAAA',
    'file:///etc/passwd',
  ])('an address that leads to %j', async (uri) => {
    expect(await verdict(replace(PLAYLIST, 'seg-1.m4s', uri))).toContain('leads outside');
  });

  test.each<[string, string, string | RegExp, string]>([
    ['an initialisation', PLAYLIST, 'init.mp4', '../360p/init.mp4'],
    ['a variant', 'master.m3u8', PLAYLIST, 'http://127.0.0.1/list.m3u8'],
    ['a sound', 'master.m3u8', 'audio/playlist.m3u8', '//127.0.0.1/list.m3u8'],
    [
      'an advertisement',
      PLAYLIST,
      '#EXT-X-MAP',
      '#EXT-X-DATERANGE:ID="ad",X-ASSET-URI="http://ads/"\n#EXT-X-MAP',
    ],
  ])('%s that lies elsewhere', async (_, path, what, by) => {
    expect(await verdict(replace(path, what, by))).toContain('leads outside');
  });

  test('half a segment is no other length', async () => {
    expect(await verdict(replace(PLAYLIST, /4\.000000(?=,\nseg-1)/, '2.100000'))).toBe('whole');
  });
});
