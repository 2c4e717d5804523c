import { afterEach, describe, expect, test } from 'vitest';
import { verifyOutput } from '#domain/transcode/verify-output.ts';
import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { TranscodeOrder, VersionMaker } from '#providers/transcoders/transcoder.ts';
import { audioTrack, sourceProbe, videoTrack } from '#test/support/tracks.ts';
import { useStage } from '../stage.ts';
import { newOrder, rung } from './orders.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** Two rungs of a portrait video of a quarter of a minute. */
const portrait = (probed: Partial<SourceProbe> = {}): TranscodeOrder =>
  newOrder({
    probe: sourceProbe({
      durationSeconds: 15,
      video: videoTrack({ displayWidth: 720, displayHeight: 1560 }),
      audio: audioTrack(),
      ...probed,
    }),
    ladder: [rung('720p', 720, 1560), rung('360p', 360, 780)],
    segmentContainer: 'ts',
  });

const media = (lengths: readonly number[], name: string) =>
  [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    `#EXT-X-TARGETDURATION:${Math.ceil(Math.max(...lengths))}`,
    ...lengths.flatMap((length, i) => [`#EXTINF:${length.toFixed(6)},`, `${name}_${i}.ts`]),
    '#EXT-X-ENDLIST',
  ].join('\n');

interface Planted {
  readonly maker?: VersionMaker;
  /** Lines of the master; the playlists that they name are stored with these lengths. */
  readonly master: readonly string[];
  readonly lengths?: readonly number[];
  readonly probed?: Partial<SourceProbe>;
}

/** Stores what a provider might have written, and has it verified. */
async function verdict({ maker = 'coconut', master, lengths = [6, 6, 3], probed }: Planted): Promise<string> {
  const order = portrait(probed);
  const { media: bucket } = stage.system().storage;
  const put = (name: string, text: string) =>
    bucket.put(order.outputPrefix + name, text, { contentType: 'application/vnd.apple.mpegurl' });
  await put('master.m3u8', ['#EXTM3U', ...master].join('\n'));
  const named = master.flatMap((line) => line.match(/[\w-]+(?=\.m3u8)/g) ?? []);
  for (const name of new Set(named)) {
    await put(`${name}.m3u8`, media(lengths, name));
    for (const i of lengths.keys()) await put(`${name}_${i}.ts`, 'bytes');
  }
  const output = { masterKey: `${order.outputPrefix}master.m3u8`, assets: [] };
  return verifyOutput(stage.system(), order, output, maker).then(
    () => 'whole',
    (error: { code?: string; message: string }) => {
      expect(error.code).toBe('output_incomplete');
      return error.message;
    },
  );
}

const variant = (name: string, attributes: string) => [
  `#EXT-X-STREAM-INF:BANDWIDTH=1000000,${attributes}`,
  `${name}.m3u8`,
];
const RUNGS = [
  ...variant('hd', 'RESOLUTION=720x1560,CODECS="avc1.64001f,mp4a.40.2"'),
  ...variant('sd', 'RESOLUTION=360x780,CODECS="avc1.64001e,mp4a.40.2"'),
];
const sound = (codecs = 'mp4a.40.2') => variant('sound', `CODECS="${codecs}"`);

describe('sizes of others', () => {
  test.each([
    ['as planned', '720x1560', '360x780', 'whole'],
    ['two pixels longer and shorter', '720x1558', '360x782', 'whole'],
    ['three pixels longer', '720x1563', '360x780', 'planned'],
    ['the shorter side another', '718x1560', '360x780', 'planned'],
    ['turned', '1560x720', '360x780', 'planned'],
    ['one rung twice, by two sizes', '360x782', '360x780', 'planned'],
  ])('%s', async (_, hd, sd, expected) => {
    const master = [...variant('hd', `RESOLUTION=${hd}`), ...variant('sd', `RESOLUTION=${sd}`)];
    expect(await verdict({ master })).toContain(expected);
    expect(await verdict({ master, maker: 'mediaconvert' })).toContain(expected);
  });

  test('our own are exact', async () => {
    const master = [...variant('hd', 'RESOLUTION=720x1560'), ...variant('sd', 'RESOLUTION=360x782')];
    expect(await verdict({ master, maker: 'ffmpeg', lengths: [4, 4, 4, 3] })).toContain('planned');
  });

  test('two variants of one size are refused', async () => {
    const master = [...RUNGS, ...variant('again', 'RESOLUTION=720x1560')];
    expect(await verdict({ master })).toContain(
      'planned 360x780, 720x1560, found 360x780, 720x1560, 720x1560',
    );
  });
});

describe('sound that others add', () => {
  test('as a variant without a picture harms nothing', async () => {
    expect(await verdict({ master: [...RUNGS, ...sound()] })).toBe('whole');
    expect(await verdict({ master: [...RUNGS, ...sound('ac-3,mp4a.40.2')] })).toBe('whole');
  });

  test('as groups, one for each bitrate, harms nothing', async () => {
    const group = (id: string) =>
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${id}",NAME="sound",DEFAULT=YES,URI="sound-${id}.m3u8"`;
    const master = [group('high'), group('low'), ...RUNGS];
    expect(await verdict({ master, maker: 'mediaconvert' })).toBe('whole');
  });

  test.each([
    ['is not whole', [...RUNGS, ...variant('sound/../x', 'CODECS="mp4a.40.2"')], {}, 'leads outside'],
    [
      'has a picture after all',
      [...RUNGS, ...sound('avc1.64001e,mp4a.40.2')],
      {},
      'found 360x780, 720x1560, none',
    ],
    ['does not say what it is', [...RUNGS, ...variant('sound', 'FRAME-RATE=25')], {}, 'none'],
    ['comes with a source that is silent', [...RUNGS, ...sound()], { audio: null }, 'none'],
    ['stands for a rung', [...RUNGS.slice(0, 2), ...sound()], {}, 'planned'],
  ])('is refused when it %s', async (_, master, probed, expected) => {
    expect(await verdict({ master, probed })).toContain(expected);
  });

  test('is not taken from our own FFmpeg, which makes none', async () => {
    const master = [...RUNGS, ...sound()];
    expect(await verdict({ master, maker: 'ffmpeg', lengths: [4, 4, 4, 3] })).toContain('planned');
  });
});

describe('lengths of others, by half a segment as they cut it', () => {
  test.each([
    ['six seconds, three short', [6, 6], 'whole'],
    ['six seconds, four short', [6, 5], 'lasts 11.000 s'],
    ['ours, two short', [4, 4, 4, 1], 'whole'],
    ['ours, a whole one short', [4, 4, 3], 'lasts 11.000 s'],
    ['very long ones, and never more than five seconds off', [20, 1], 'lasts 21.000 s'],
    ['one piece, which tells nothing of the rest', [12.5], 'lasts 12.500 s'],
    ['a last piece that is longer than the others', [4, 4, 4, 6], 'lasts 18.000 s'],
  ])('%s', async (_, lengths, expected) => {
    expect(await verdict({ master: RUNGS, lengths })).toContain(expected);
  });
});
