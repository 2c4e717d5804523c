import { afterEach, describe, expect, test } from 'vitest';
import { verifyOutput } from '#domain/transcode/verify-output.ts';
import type { TranscodeOrder, VersionMaker } from '#providers/transcoders/transcoder.ts';
import { outputObjects, writeOutput } from '../scripted-media.ts';
import { useStage } from '../stage.ts';
import { newOrder } from './orders.ts';

const stage = useStage();
afterEach(() => stage.reset());

type Objects = Map<string, string>;
const edit = (name: string, change: (text: string) => string) => (objects: Objects) =>
  objects.set(name, change(objects.get(name) ?? ''));
const replace = (name: string, what: string | RegExp, by: string) =>
  edit(name, (text) => text.replace(what, by));

/** Stores an output with a planted defect and has it verified. */
async function verdict(
  plant: (objects: Objects) => unknown = () => undefined,
  maker: VersionMaker = 'ffmpeg',
): Promise<string> {
  const order = newOrder();
  const objects = outputObjects(order);
  plant(objects);
  const output = await writeOutput(stage.system().storage.media, order, objects);
  return verifyOutput(stage.system(), order, output, maker).then(
    () => 'whole',
    (error: { code?: string; message: string }) => {
      expect(error.code).toBe('output_incomplete');
      return error.message;
    },
  );
}

test('a whole output passes', async () => {
  expect(await verdict()).toBe('whole');
});

test('a group of sound that stands passes too, and one that does not is refused', async () => {
  const withSound = (objects: Objects) => {
    replace(
      'master.m3u8',
      '#EXT-X-STREAM-INF',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="audio/playlist.m3u8"\n#EXT-X-STREAM-INF',
    )(objects);
    for (const name of ['playlist.m3u8', 'init.mp4', 'seg-0.m4s', 'seg-1.m4s'])
      objects.set(`audio/${name}`, objects.get(`360p/${name}`) ?? '');
  };
  expect(await verdict(withSound)).toBe('whole');
  expect(
    await verdict((objects) => {
      withSound(objects);
      objects.delete('audio/seg-1.m4s');
    }),
  ).toContain('audio/seg-1.m4s');
});

describe('planted defects', () => {
  const elsewhere = 'http://169.254.169.254/latest/meta-data/';
  const uris = [
    elsewhere,
    '//elsewhere.example.com/seg.m4s',
    '/etc/passwd',
    'file:///etc/passwd',
    'data:video/mp4;base64,AAAA',
    '../360p/seg-1.m4s',
    '../../../other/seg-1.m4s',
    'a/../seg-1.m4s',
    'seg-1.m4s?token=1',
    'seg-1.m4s#part',
    '%2e%2e/seg-1.m4s',
    '..\\seg-1.m4s',
    'seg-1.m4s ',
    '{$host}/seg-1.m4s',
  ];
  test('a name with a control character', async () => {
    const named = replace('720p/playlist.m3u8', 'seg-1.m4s', 'seg-1.m4s\u0000');
    expect(await verdict(named)).toContain('control characters');
  });

  test.each(uris)('a segment at %j', async (uri) => {
    expect(await verdict(replace('720p/playlist.m3u8', 'seg-1.m4s', uri))).toContain('leads outside');
  });

  test.each(uris.filter((_, i) => [0, 2, 5, 8].includes(i)))(
    'an initialisation at %j, a key, a variant, sound',
    async (uri) => {
      expect(await verdict(replace('720p/playlist.m3u8', 'init.mp4', uri))).toContain('leads outside');
      const key = `#EXT-X-KEY:METHOD=AES-128,URI="${uri}"\n#EXTINF`;
      expect(await verdict(replace('720p/playlist.m3u8', '#EXTINF', key))).toContain('leads outside');
      expect(await verdict(replace('master.m3u8', '360p/playlist.m3u8', uri))).toContain('leads outside');
      const sound = `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="${uri}"\n#EXT-X-STREAM-INF`;
      expect(await verdict(replace('master.m3u8', '#EXT-X-STREAM-INF', sound))).toContain('leads outside');
      const session = `#EXT-X-SESSION-KEY:METHOD=AES-128,URI="${uri}"\n#EXT-X-STREAM-INF`;
      expect(await verdict(replace('master.m3u8', '#EXT-X-STREAM-INF', session))).toContain('leads outside');
    },
  );

  test.each<[string, (objects: Objects) => unknown, string]>([
    ['no master', (o) => o.delete('master.m3u8'), 'master.m3u8'],
    ['an empty master', (o) => o.set('master.m3u8', ''), 'master.m3u8'],
    ['a master that is none', (o) => o.set('master.m3u8', '<html></html>'), '#EXTM3U'],
    [
      'a media playlist for a master',
      (o) => o.set('master.m3u8', o.get('360p/playlist.m3u8') ?? ''),
      'not a master',
    ],
    [
      'a master for a media playlist',
      (o) => o.set('360p/playlist.m3u8', o.get('master.m3u8') ?? ''),
      'not a media',
    ],
    ['no media playlist', (o) => o.delete('360p/playlist.m3u8'), '360p/playlist.m3u8'],
    ['the last segment missing', (o) => o.delete('720p/seg-1.m4s'), '720p/seg-1.m4s'],
    ['an empty segment', (o) => o.set('360p/seg-0.m4s', ''), '360p/seg-0.m4s'],
    ['no initialisation', (o) => o.delete('360p/init.mp4'), '360p/init.mp4'],
    ['no end', replace('720p/playlist.m3u8', '#EXT-X-ENDLIST\n', ''), 'no end'],
    [
      'a segment without a length',
      replace('720p/playlist.m3u8', /#EXTINF:4.000000,\nseg-1/, 'seg-1'),
      'EXTINF',
    ],
    ['a rung too few', replace('master.m3u8', /#EXT-X-STREAM-INF.*640x360\n.*\n/, ''), 'planned'],
    ['a rung of another size', replace('master.m3u8', '640x360', '642x360'), 'planned'],
    ['a rung twice', edit('master.m3u8', (text) => text + text.split('\n').slice(-3).join('\n')), 'planned'],
    ['a rung without a size', replace('master.m3u8', ',RESOLUTION=640x360', ''), 'planned'],
    [
      'one rendition short of its last segment',
      replace('360p/playlist.m3u8', /#EXTINF:4.000000,\nseg-1.m4s\n/, ''),
      'lasts 4.000 s',
    ],
    [
      'one rendition two frames short',
      replace('360p/playlist.m3u8', /4\.000000(?=,\nseg-1)/, '3.920000'),
      'lasts 7.920 s',
    ],
    [
      'one rendition two frames long',
      replace('360p/playlist.m3u8', /4\.000000(?=,\nseg-1)/, '4.080000'),
      'lasts 8.080 s',
    ],
    ['a length that is no number', replace('360p/playlist.m3u8', '4.000000', 'NaN'), 'EXTINF'],
  ])('%s', async (_, plant, what) => {
    expect(await verdict(plant)).toContain(what);
  });

  test('one frame more or less is none', async () => {
    for (const length of ['3.960000', '4.040000'])
      expect(await verdict(replace('360p/playlist.m3u8', /4\.000000(?=,\nseg-1)/, length))).toBe('whole');
  });

  test('what others make may be half a segment off, and no more', async () => {
    const last = (length: string) => replace('360p/playlist.m3u8', /4\.000000(?=,\nseg-1)/, length);
    for (const length of ['2.100000', '5.900000']) {
      expect(await verdict(last(length), 'mediaconvert')).toBe('whole');
      expect(await verdict(last(length), 'ffmpeg')).toContain('lasts');
    }
    expect(await verdict(last('1.900000'), 'coconut')).toContain('lasts 5.900 s');
    expect(await verdict(last('6.100000'), 'import')).toContain('lasts 10.100 s');
  });

  test('an asset that was reported and that storage has not', async () => {
    const order = newOrder();
    const output = await writeOutput(stage.system().storage.media, order);
    const invented = { ...output.assets[0], key: `${order.outputPrefix}nothing.m3u8` };
    const verifying = verifyOutput(
      stage.system(),
      order,
      { ...output, assets: [invented] } as typeof output,
      'ffmpeg',
    );
    await expect(verifying).rejects.toMatchObject({ code: 'output_incomplete' });
  });

  test.each([
    (order: TranscodeOrder) => `${order.outputPrefix.slice(0, -1)}x/master.m3u8`,
    (order: TranscodeOrder) => `${order.outputPrefix}../${order.outputPrefix.split('/').at(-2)}/master.m3u8`,
    () => 'master.m3u8',
    (order: TranscodeOrder) => order.outputPrefix,
  ])('a master somewhere else', async (elsewhere) => {
    const order = newOrder();
    const output = await writeOutput(stage.system().storage.media, order);
    const verifying = verifyOutput(
      stage.system(),
      order,
      { ...output, masterKey: elsewhere(order) },
      'ffmpeg',
    );
    await expect(verifying).rejects.toMatchObject({ code: 'output_incomplete' });
  });
});
