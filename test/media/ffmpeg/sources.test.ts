import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DEFAULT_FFMPEG_SETTINGS,
  ffmpegTranscoder,
} from '#providers/transcoders/ffmpeg/ffmpeg-transcoder.ts';
import {
  DEFAULT_INSPECTOR_SETTINGS,
  ffprobeInspector,
} from '#providers/transcoders/ffmpeg/ffprobe-inspector.ts';
import { type ClipName, demuxerOfClip, makeClip } from '#test/support/clips.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { type LocalMedia, localMedia } from './local-media.ts';
import { LIMITS, orderFor } from './orders.ts';
import { decode, readInit, readPlaylist } from './produced.ts';

interface Expected {
  readonly size: readonly [number, number];
  readonly seconds: number;
  readonly framesPerSecond?: number;
  /** False: no sound in the output. */
  readonly sound?: boolean;
  readonly probe?: Record<string, unknown>;
}

/** What each clip is, and what must come out of it: sizes as displayed, length of the picture. */
const CLIPS: readonly (readonly [ClipName, Expected])[] = [
  ['h264', { size: [320, 180], seconds: 3 }],
  ['index-at-end', { size: [320, 180], seconds: 2 }],
  ['hd', { size: [1280, 720], seconds: 5 }],
  ['hevc-rotated', { size: [180, 320], seconds: 2, probe: { codec: 'hevc' } }],
  ['upside-down', { size: [320, 180], seconds: 2, sound: false, probe: { rotationDegrees: 180 } }],
  ['variable-rate', { size: [320, 180], seconds: 88 / 30, probe: { variableFrameRate: true } }],
  ['portrait', { size: [180, 320], seconds: 2, probe: { rotationDegrees: 0 } }],
  ['odd-size', { size: [320, 180], seconds: 2, probe: { displayWidth: 321, displayHeight: 181 } }],
  ['anamorphic', { size: [348, 192], seconds: 2, sound: false, probe: { displayWidth: 349 } }],
  ['silent', { size: [320, 180], seconds: 2, sound: false }],
  ['mono', { size: [320, 180], seconds: 2 }],
  ['surround', { size: [320, 180], seconds: 2 }],
  ['fifty-frames', { size: [320, 180], seconds: 2, framesPerSecond: 50 }],
  ['ntsc', { size: [320, 180], seconds: 5.005, framesPerSecond: 30000 / 1001 }],
  ['slow-motion', { size: [320, 180], seconds: 1, framesPerSecond: 60, sound: false }],
  ['interlaced-avi', { size: [320, 180], seconds: 2, framesPerSecond: 25, probe: { interlaced: true } }],
  ['interlaced-ts', { size: [320, 180], seconds: 2, framesPerSecond: 25, probe: { interlaced: true } }],
  ['avi-b-frames', { size: [320, 180], seconds: 2 }],
  ['wmv', { size: [320, 180], seconds: 2, probe: { codec: 'wmv2' } }],
  ['3gp', { size: [176, 144], seconds: 2, framesPerSecond: 15, probe: { codec: 'h263' } }],
  ['mkv', { size: [320, 180], seconds: 2 }],
  ['webm', { size: [320, 180], seconds: 2, probe: { codec: 'vp8' } }],
  ['live-webm', { size: [320, 180], seconds: 2 }],
  ['fragmented', { size: [320, 180], seconds: 3 }],
  ['ts', { size: [320, 180], seconds: 2 }],
  ['size-change', { size: [320, 180], seconds: 4 - 2 / 30, sound: false }],
  ['hdr-pq', { size: [320, 180], seconds: 2, probe: { hdr: 'pq', bitDepth: 10 } }],
  ['full-range', { size: [320, 180], seconds: 1, sound: false }],
  ['one-second', { size: [320, 180], seconds: 1 }],
  ['one-frame', { size: [320, 180], seconds: 1 / 30, sound: false }],
  ['long-audio', { size: [320, 180], seconds: 2 }],
  ['short-audio', { size: [320, 180], seconds: 3 }],
  ['late-video', { size: [320, 180], seconds: 2 }],
  ['edit-list', { size: [320, 180], seconds: 2.3 }],
];

const found = await foundFfmpegs();

describe.each(found)('$title', ({ binaries }) => {
  let media: LocalMedia;
  beforeAll(async () => {
    media = await localMedia();
  });
  afterAll(() => media.close());

  test.each(CLIPS)('%s: size, length and sound come out right', async (name, expected) => {
    const source = await media.addSource(await makeClip(name), demuxerOfClip(name));
    const { signal } = new AbortController();
    const inspector = ffprobeInspector({ ...DEFAULT_INSPECTOR_SETTINGS, binaries, io: media.io });
    const probe = await inspector.inspect(source, LIMITS, { signal });
    expect(probe.video).toMatchObject(expected.probe ?? {});

    const order = orderFor(source, probe);
    const rate = order.range.framesPerSecond.numerator / order.range.framesPerSecond.denominator;
    expect(rate).toBeCloseTo(expected.framesPerSecond ?? (name === 'variable-rate' ? rate : 30), 6);
    expect(Math.abs(probe.durationSeconds - expected.seconds)).toBeLessThanOrEqual(1 / rate + 0.001);

    const transcoder = ffmpegTranscoder({
      ...DEFAULT_FFMPEG_SETTINGS,
      binaries,
      io: media.io,
      tmpDir: media.tmpDir,
    });
    const { done } = await transcoder.submit(order);
    const output = await done;
    expect(Math.abs(output.durationSeconds - probe.durationSeconds)).toBeLessThanOrEqual(1 / rate);

    const renditions = output.assets.filter(({ type }) => type === 'HLS_RENDITION');
    expect(renditions.map(({ qualityLabel }) => qualityLabel)).toEqual(
      order.ladder.map(({ label }) => label),
    );
    expect([renditions[0]?.width, renditions[0]?.height]).toEqual(expected.size);
    for (const rendition of renditions) {
      const path = join(media.outputFolder, rendition.key);
      const shown = await decode(binaries.ffprobe, path);
      expect([shown.width, shown.height]).toEqual([rendition.width, rendition.height]);
      expect(shown).toMatchObject({ aspect: '1:1', startSeconds: 0, rotated: false });
      expect(shown.frames).toBe(Math.round(output.durationSeconds * rate));
      const playlist = await readPlaylist(path);
      expect(playlist.durationSeconds).toBeCloseTo(output.durationSeconds, 4);
      const init = await readInit(path);
      expect(init.codec).toBe(rendition.codec);
    }
    const sound = output.assets.find(({ type }) => type === 'HLS_AUDIO');
    expect(sound !== undefined).toBe(expected.sound ?? true);
    if (!sound) return;
    const heard = await decode(binaries.ffprobe, join(media.outputFolder, sound.key));
    expect(heard).toMatchObject({ channels: 2, startSeconds: 0 });
    const { durationSeconds } = await readPlaylist(join(media.outputFolder, sound.key));
    expect(Math.abs(durationSeconds - output.durationSeconds)).toBeLessThan(2 * (1024 / 48000));
  });
});
