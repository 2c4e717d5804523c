import type { VideoTrack } from '#providers/transcoders/source-inspector.ts';
import type { Rendition, TranscoderName } from '#providers/transcoders/transcoder.ts';

/** Rungs by the length of the short side, highest first. */
export const RUNGS = [1080, 720, 480, 360] as const;
export type Rung = (typeof RUNGS)[number];

/** Caps in bits per second; crf and QVBR stay below them. A rung that is smaller than its name gets its share. */
export const BITRATE_CAPS: Readonly<Record<TranscoderName, Readonly<Record<Rung, number>>>> = {
  ffmpeg: { 1080: 5_000_000, 720: 2_800_000, 480: 1_400_000, 360: 800_000 },
  mediaconvert: { 1080: 5_000_000, 720: 2_800_000, 480: 1_400_000, 360: 800_000 },
  /** Of the document that describes the direct contract. */
  coconut: { 1080: 4_000_000, 720: 2_000_000, 480: 1_500_000, 360: 1_000_000 },
};

/**
 * The renditions of a source: every rung that is not above it, by the short side, so that a portrait phone video gets
 * the quality its name promises. A source below the lowest rung gets one rendition of its own size. Never upscaled.
 *
 * @returns highest first, at least one; sizes are even, as 4:2:0 needs
 */
export function renditionLadder(video: VideoTrack, transcoder: TranscoderName): Rendition[] {
  const shortSide = Math.min(video.displayWidth, video.displayHeight);
  const rungs = RUNGS.filter((rung) => rung <= shortSide);
  if (rungs.length === 0) return [renditionOf(video, evenAtMost(shortSide), BITRATE_CAPS[transcoder][360])];
  return rungs.map((rung) => renditionOf(video, rung, BITRATE_CAPS[transcoder][rung]));
}

function renditionOf(video: VideoTrack, shortSide: number, maxVideoBitsPerSecond: number): Rendition {
  const { displayWidth, displayHeight } = video;
  const landscape = displayWidth >= displayHeight;
  const sourceLongSide = Math.max(displayWidth, displayHeight);
  // An odd source has no even size of its own: rounding up would make it larger than it is.
  const longSide = Math.min(
    evenNearest((shortSide * sourceLongSide) / Math.min(displayWidth, displayHeight)),
    evenAtMost(sourceLongSide),
  );
  return {
    label: `${shortSide}p`,
    width: landscape ? longSide : shortSide,
    height: landscape ? shortSide : longSide,
    maxVideoBitsPerSecond,
  };
}

function evenAtMost(pixels: number): number {
  return Math.max(2, pixels - (pixels % 2));
}

function evenNearest(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}
