import { describe, expect, test } from 'vitest';
import { ffmpegArguments } from '#providers/transcoders/ffmpeg/ffmpeg-arguments.ts';
import type { FfmpegAbilities, Recipe } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { planFrames } from '#providers/transcoders/ffmpeg/frame-plan.ts';
import type { TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { ALL_ABILITIES, orderOf, probeOf } from './builders.ts';

const SETTINGS = { inputUrl: 'http://127.0.0.1:1/x', folder: '/tmp/job', preset: 'veryfast' };

function argumentsFor(
  order: TranscodeOrder,
  recipe: Recipe = 'full',
  abilities: FfmpegAbilities = ALL_ABILITIES,
): string[] {
  return ffmpegArguments(order, planFrames(order), { recipe, abilities }, SETTINGS);
}

/** All values of an option, in order. */
function valuesOf(args: readonly string[], option: string): string[] {
  return args.flatMap((word, index) => (word === option ? [args[index + 1] ?? ''] : []));
}

const graphOf = (args: readonly string[]) => valuesOf(args, '-filter_complex')[0] ?? '';

test('one input, one decode, an output for every rung and the sound once', () => {
  const args = argumentsFor(orderOf());
  expect(valuesOf(args, '-i')).toEqual(['http://127.0.0.1:1/x']);
  expect(valuesOf(args, '-map')).toEqual(['[v0]', '[v1]', '[v2]', '0:1']);
  expect(valuesOf(args, '-f')).toEqual(['mov', 'hls', 'hls', 'hls', 'hls']);
  expect(valuesOf(args, '-maxrate')).toEqual(['2800000', '1400000', '800000']);
  expect(valuesOf(args, '-bufsize')).toEqual(['5600000', '2800000', '1600000']);
});

test.each(['fps_mode', 'vsync'] as const)('-%s leaves the frames as the filters made them', (frameSync) => {
  const args = argumentsFor(orderOf(), 'full', { ...ALL_ABILITIES, frameSync });
  expect(valuesOf(args, `-${frameSync}`)).toEqual(Array(3).fill('passthrough'));
});

test('each size is scaled from the one above it, with square pixels after every scale', () => {
  expect(graphOf(argumentsFor(orderOf()))).toBe(
    [
      '[0:0]fps=fps=30/1:round=near:start_time=0,tpad=stop_mode=clone:stop=15,trim=start_pts=0:end_pts=300',
      ',scale=1280:720:flags=bicubic:out_range=tv,setsar=1,format=yuv420p,split=2[v0][c0];',
      '[c0]scale=854:480:flags=bicubic:out_range=tv,setsar=1,split=2[v1][c1];',
      '[c1]scale=640:360:flags=bicubic:out_range=tv,setsar=1[v2]',
    ].join(''),
  );
});

test.each(['full', 'basic'] as const)(
  'the %s recipe names the demuxer and the gateway before the input',
  (recipe) => {
    const args = argumentsFor(orderOf(), recipe);
    const before = args.slice(0, args.indexOf('-i'));
    expect(valuesOf(before, '-protocol_whitelist')).toEqual(['http,tcp']);
    expect(valuesOf(before, '-format_whitelist')).toEqual(['mov']);
    expect(valuesOf(before, '-f')).toEqual(['mov']);
    expect(valuesOf(before, '-enable_drefs')).toEqual(['0']);
    expect(valuesOf(before, '-use_absolute_path')).toEqual(['0']);
    expect(args).toContain('-nostdin');
  },
);

test('only QuickTime has references to switch off', () => {
  const probe = probeOf({}, { demuxer: 'matroska' });
  const args = argumentsFor(orderOf({ probe }));
  expect(valuesOf(args, '-format_whitelist')).toEqual(['matroska']);
  expect(args).not.toContain('-enable_drefs');
});

describe('groups of pictures', () => {
  test.each([
    [30, 1, '60', '4.000000'],
    [25, 1, '50', '4.000000'],
    [50, 1, '100', '4.000000'],
    [24, 1, '48', '4.000000'],
    [30000, 1001, '60', '4.004000'],
    [24000, 1001, '48', '4.004000'],
    [60000, 1001, '120', '4.004000'],
    [2398, 100, '48', '4.003336'],
    [15, 1, '30', '4.000000'],
    [1, 1, '2', '4.000000'],
  ])('%i/%i frames a second: keys by count, never by scene', (numerator, denominator, gop, segment) => {
    const range = { framesPerSecond: { numerator, denominator }, startFrame: 0, endFrame: null };
    const args = argumentsFor(orderOf({ range }));
    expect(new Set(valuesOf(args, '-g'))).toEqual(new Set([gop]));
    expect(new Set(valuesOf(args, '-keyint_min'))).toEqual(new Set([gop]));
    expect(new Set(valuesOf(args, '-sc_threshold'))).toEqual(new Set(['0']));
    expect(new Set(valuesOf(args, '-hls_time'))).toEqual(new Set([segment]));
    // The muxer would skip a key frame that comes a moment before n times hls_time.
    expect(Number(segment)).toBeLessThanOrEqual((2 * Number(gop) * denominator) / numerator);
  });
});

test('a silent video has no output of sound', () => {
  const args = argumentsFor(orderOf({ probe: probeOf({}, { audio: null }) }));
  expect(args).not.toContain('aac');
  expect(valuesOf(args, '-map')).toEqual(['[v0]', '[v1]', '[v2]']);
});

test('sound becomes stereo on the clock of the picture and as long as it', () => {
  const args = argumentsFor(orderOf());
  expect(valuesOf(args, '-ac')).toEqual(['2']);
  expect(valuesOf(args, '-af')).toEqual([
    'aresample=48000:async=1:first_pts=0,aformat=channel_layouts=stereo,apad,atrim=start_sample=1024:end=10.000000',
  ]);
});

test('the first picture is moved to 0', () => {
  const args = argumentsFor(orderOf({ probe: probeOf({ startSeconds: 1.466667 }) }));
  expect(valuesOf(args, '-itsoffset')).toEqual(['-1.466667']);
  expect(args).toContain('-copyts');
  expect(args).not.toContain('-ss');
});

test('a part seeks to before its first frame, cuts by frame number and carries on the numbers of the whole', () => {
  const probe = probeOf({ startSeconds: 0.5, durationSeconds: 60 });
  const range = { framesPerSecond: { numerator: 30, denominator: 1 }, startFrame: 240, endFrame: 480 };
  const args = argumentsFor(orderOf({ probe, range }));
  expect(valuesOf(args, '-ss')).toEqual(['8.000000']);
  expect(args).toContain('-noaccurate_seek');
  expect(graphOf(args)).toContain('fps=fps=30/1:round=near,trim=start_pts=240:end_pts=480,');
  expect(new Set(valuesOf(args, '-start_number'))).toEqual(new Set(['2']));
  expect(valuesOf(args, '-x264-params')).toHaveLength(3);
  expect(args).not.toContain('aac');
});

test('the basic recipe uses no option that old builds lack, and takes no parts', () => {
  const args = argumentsFor(orderOf(), 'basic');
  expect(args).not.toContain('-hls_segment_options');
  expect(args).not.toContain('-stats_period');
  const range = { framesPerSecond: { numerator: 30, denominator: 1 }, startFrame: 120, endFrame: null };
  expect(() => argumentsFor(orderOf({ range }), 'basic')).toThrow(RangeError);
});

test('a part must begin on a segment and hold a frame', () => {
  const framesPerSecond = { numerator: 30, denominator: 1 };
  const plan = (startFrame: number, endFrame: number | null) =>
    planFrames(orderOf({ range: { framesPerSecond, startFrame, endFrame } }));
  expect(() => plan(60, null)).toThrow(RangeError);
  expect(() => plan(360, null)).toThrow(RangeError);
  expect(plan(0, 999).endFrame).toBe(300);
});

test('fields are woven out before anything else', () => {
  const args = argumentsFor(orderOf({ probe: probeOf({ interlaced: true }) }));
  expect(graphOf(args)).toMatch(/^\[0:0\]bwdif=mode=send_frame:deint=interlaced,fps=/);
  const yadif = { ...ALL_ABILITIES, deinterlacer: 'yadif' as const };
  expect(graphOf(argumentsFor(orderOf({ probe: probeOf({ interlaced: true }) }), 'full', yadif))).toContain(
    'yadif=',
  );
});

test('HDR is tone-mapped once, after the first scale and before the split', () => {
  const graph = graphOf(argumentsFor(orderOf({ probe: probeOf({ hdr: 'hlg' }) })));
  expect(graph.match(/,tonemap=/g)).toHaveLength(1);
  expect(graph.indexOf('scale=1280')).toBeLessThan(graph.indexOf('tonemap='));
  expect(graph.indexOf('tonemap=')).toBeLessThan(graph.indexOf('split=2'));
  expect(graph).toContain('tin=arib-std-b67');
  const without = { ...ALL_ABILITIES, toneMap: false };
  expect(graphOf(argumentsFor(orderOf({ probe: probeOf({ hdr: 'pq' }) }), 'full', without))).not.toContain(
    'tonemap',
  );
});
