import { describe, expect, test } from 'vitest';
import type { FfprobeOutput, FfprobeStream } from '#providers/transcoders/ffmpeg/ffprobe-output.ts';
import {
  requireWithinLimits,
  sourceProbe,
  videoStreamOf,
} from '#providers/transcoders/ffmpeg/source-probe.ts';
import { tailReader } from '#providers/transcoders/ffmpeg/source-tail.ts';

const STREAM: FfprobeStream = {
  index: 0,
  codec_type: 'video',
  codec_name: 'h264',
  width: 1920,
  height: 1080,
  pix_fmt: 'yuv420p',
  r_frame_rate: '30/1',
  avg_frame_rate: '30/1',
  start_time: '0.000000',
  duration: '10.000000',
  nb_frames: '300',
};
const TAIL = { packets: 90, firstSeconds: 7, endSeconds: 10, lastByte: 1000 };

function probe(stream: Partial<FfprobeStream>, others: readonly FfprobeStream[] = []) {
  const output: FfprobeOutput = { format: { nb_streams: 1 }, streams: [{ ...STREAM, ...stream }, ...others] };
  return sourceProbe('mov', output, videoStreamOf(output), TAIL);
}

describe('rotation', () => {
  test.each([
    ['a phone held upright', { side_data_list: [{ rotation: -90 }] }, 90, [1080, 1920]],
    ['upright the other way', { side_data_list: [{ rotation: 90 }] }, 270, [1080, 1920]],
    ['upside down', { side_data_list: [{ rotation: -180 }] }, 180, [1920, 1080]],
    ['a matrix among other side data', { side_data_list: [{}, { rotation: -90 }] }, 90, [1080, 1920]],
    ['an old ffprobe that shows the tag only', { tags: { rotate: '90' } }, 90, [1080, 1920]],
    ['not turned', {}, 0, [1920, 1080]],
  ])('%s', (_, stream, degrees, [width, height]) => {
    const { video } = probe(stream);
    expect(video.rotationDegrees).toBe(degrees);
    expect([video.displayWidth, video.displayHeight]).toEqual([width, height]);
    expect([video.codedWidth, video.codedHeight]).toEqual([1920, 1080]);
  });
});

test('pixels that are not square widen the picture as shown', () => {
  const { video } = probe({ width: 720, height: 576, sample_aspect_ratio: '16:11' });
  expect([video.displayWidth, video.displayHeight]).toEqual([1047, 576]);
});

test.each([
  [{ color_transfer: 'smpte2084', pix_fmt: 'yuv420p10le' }, 'pq', 10],
  [{ color_transfer: 'arib-std-b67', pix_fmt: 'yuv420p10le' }, 'hlg', 10],
  [{ color_transfer: 'bt709', pix_fmt: 'yuv420p10le' }, null, 10],
  [{ bits_per_raw_sample: '8' }, null, 8],
  [{ pix_fmt: 'yuv422p12le' }, null, 12],
  [{ pix_fmt: 'p010le' }, null, 10],
])('%o: HDR %s, %i bit', (stream, hdr, bits) => {
  const { video } = probe(stream);
  expect([video.hdr, video.bitDepth]).toEqual([hdr, bits]);
});

test.each([
  ['tt', true],
  ['bb', true],
  ['progressive', false],
  ['unknown', false],
])('field order %s', (field_order, interlaced) => {
  expect(probe({ field_order }).video.interlaced).toBe(interlaced);
});

test('the length is that of the last pictures, not what the container declares', () => {
  expect(probe({ duration: '99.0', start_time: '0.500000' }).durationSeconds).toBe(9.5);
});

test('covers, thumbnails, empty and unknown tracks are no video', () => {
  const refused: Partial<FfprobeStream>[] = [
    { disposition: { attached_pic: 1 } },
    { disposition: { timed_thumbnails: 1 } },
    { nb_frames: '0' },
    { codec_name: 'unknown' },
    { width: 0 },
    { codec_type: 'data' },
  ];
  for (const stream of refused) {
    expect(() => videoStreamOf({ streams: [{ ...STREAM, ...stream }] })).toThrow(
      expect.objectContaining({ code: 'SOURCE_NOT_VIDEO' }),
    );
  }
});

test('the track that the file calls its default is taken', () => {
  const streams = [STREAM, { ...STREAM, index: 3, disposition: { default: 1 } }];
  expect(videoStreamOf({ streams }).index).toBe(3);
});

test('sound without samples or of an unknown codec is no sound', () => {
  const sound = { index: 1, codec_type: 'audio', codec_name: 'aac', channels: 2, sample_rate: '48000' };
  expect(probe({}, [sound]).audio).toMatchObject({ streamIndex: 1, channels: 2, sampleRateHz: 48_000 });
  expect(probe({}, [{ ...sound, codec_name: 'unknown' }]).audio).toBeNull();
  expect(probe({}, [{ ...sound, nb_frames: '0' }]).audio).toBeNull();
  expect(probe({}, [{ ...sound, channels: 0 }]).audio).toBeNull();
});

test('limits are inclusive', () => {
  const limits = { maxDurationSeconds: 10, maxPixels: 1920 * 1080, maxStreams: 1, maxFramesPerSecond: 30 };
  const output = { format: { nb_streams: 1, duration: '10.0' }, streams: [STREAM] };
  requireWithinLimits(output, STREAM, limits);
  const refused = (change: Partial<typeof limits>) => () =>
    requireWithinLimits(output, STREAM, { ...limits, ...change });
  expect(refused({ maxDurationSeconds: 9.9 })).toThrow(expect.objectContaining({ code: 'SOURCE_TOO_LONG' }));
  expect(refused({ maxPixels: 1920 * 1080 - 1 })).toThrow(
    expect.objectContaining({ code: 'SOURCE_TOO_COMPLEX' }),
  );
  expect(refused({ maxStreams: 0 })).toThrow(expect.objectContaining({ code: 'SOURCE_TOO_COMPLEX' }));
  expect(refused({ maxFramesPerSecond: 25 })).toThrow(
    expect.objectContaining({ code: 'SOURCE_TOO_COMPLEX' }),
  );
});

test('the tail is read over chunk borders; hidden pictures do not count', () => {
  const reader = tailReader(1 / 30);
  const lines = [
    'packet|pts_time=1.000000|dts_time=0.9|duration_time=0.040000|size=10|pos=100|flags=K_',
    'packet|pts_time=1.120000|dts_time=0.94|duration_time=0.040000|size=10|pos=130|flags=__',
    'packet|pts_time=1.080000|dts_time=1.0|duration_time=N/A|size=10|pos=N/A|flags=__',
    'packet|pts_time=9.000000|dts_time=1.0|duration_time=0.040000|size=10|pos=140|flags=_D',
    'packet|pts_time=N/A|dts_time=N/A|duration_time=N/A|size=10|pos=150|flags=__',
  ].join('\n');
  reader.add(Buffer.from(lines.slice(0, 130)));
  reader.add(Buffer.from(lines.slice(130)));
  const tail = reader.tail();
  expect(tail).toMatchObject({ packets: 3, firstSeconds: 1, lastByte: 140 });
  expect(tail.endSeconds).toBeCloseTo(1.16, 6);
});
