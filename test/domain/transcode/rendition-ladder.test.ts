import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BITRATE_CAPS, renditionLadder } from '#domain/transcode/rendition-ladder.ts';
import { videoTrack } from '#test/support/tracks.ts';

const ladderOf = (displayWidth: number, displayHeight: number) =>
  renditionLadder(videoTrack({ displayWidth, displayHeight }), 'ffmpeg');
const sizesOf = (width: number, height: number) =>
  ladderOf(width, height).map((rung) => `${rung.label} ${rung.width}x${rung.height}`);

test.each([
  [3840, 2160, ['1080p 1920x1080', '720p 1280x720', '480p 854x480', '360p 640x360']],
  [1920, 1080, ['1080p 1920x1080', '720p 1280x720', '480p 854x480', '360p 640x360']],
  [1080, 1920, ['1080p 1080x1920', '720p 720x1280', '480p 480x854', '360p 360x640']],
  [1280, 720, ['720p 1280x720', '480p 854x480', '360p 640x360']],
  [1279, 719, ['480p 854x480', '360p 640x360']],
  [640, 480, ['480p 640x480', '360p 480x360']],
  [720, 720, ['720p 720x720', '480p 480x480', '360p 360x360']],
  [320, 180, ['180p 320x180']],
  [321, 181, ['180p 320x180']],
  [2, 2, ['2p 2x2']],
])('%dx%d is shown as %j', (width, height, sizes) => {
  expect(sizesOf(width, height)).toEqual(sizes);
});

describe('for every size up to 8K, upright or lying', () => {
  const side = fc.oneof(
    fc.integer({ min: 2, max: 8192 }),
    fc.constantFrom(359, 360, 361, 479, 480, 719, 720, 1080),
  );

  test('there is a rendition, none is larger than the source, and all sizes are even', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        const ladder = ladderOf(width, height);
        expect(ladder.length).toBeGreaterThan(0);
        for (const rung of ladder) {
          expect(rung.width).toBeLessThanOrEqual(width);
          expect(rung.height).toBeLessThanOrEqual(height);
          expect([rung.width % 2, rung.height % 2]).toEqual([0, 0]);
          expect(Math.min(rung.width, rung.height)).toBeGreaterThanOrEqual(2);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('the shape is kept to within the pixels that even sizes cost', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        for (const rung of ladderOf(width, height)) {
          const exactWidth = (rung.height * width) / height;
          const exactHeight = (rung.width * height) / width;
          expect(
            Math.min(Math.abs(rung.width - exactWidth), Math.abs(rung.height - exactHeight)),
          ).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('rungs go down, each has its own name, and a smaller one never costs more', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        const ladder = ladderOf(width, height);
        const caps = ladder.map((rung) => rung.maxVideoBitsPerSecond);
        expect(caps).toEqual(caps.toSorted((a, b) => b - a));
        expect(new Set(ladder.map((rung) => rung.label)).size).toBe(ladder.length);
      }),
    );
  });

  test('turning the source turns the ladder', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        fc.pre(width !== height);
        const turned = ladderOf(height, width).map((rung) => ({
          ...rung,
          width: rung.height,
          height: rung.width,
        }));
        expect(turned).toEqual(ladderOf(width, height));
      }),
    );
  });
});

test('every transcoder has a cap for every rung', () => {
  for (const caps of Object.values(BITRATE_CAPS))
    for (const cap of Object.values(caps)) expect(cap).toBeGreaterThan(0);
});
