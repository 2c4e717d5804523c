import type { SourceProbe } from '../source-inspector.ts';
import type { Rendition } from '../transcoder.ts';

/** The heights that Coconut knows by name (docs.coconut.co/references/formats). */
const NAMED_HEIGHTS = [240, 360, 480, 540, 576, 720, 1080, 2160];

/** Coconut's scale of 1 to 5. */
const QUALITY = 4;

/**
 * One rendition in Coconut's words, for instance `mp4:720p::quality=4,maxrate=2000k`. The empty part is the sound: what
 * the source has, and nothing where it has none.
 */
export function videoFormat(probe: SourceProbe, rung: Rendition): string {
  const maxRate = Math.max(1, Math.round(rung.maxVideoBitsPerSecond / 1000));
  return `mp4:${resolutionOf(probe, rung)}::quality=${QUALITY},maxrate=${maxRate}k`;
}

/**
 * `720p` names a height, and Coconut finds the width. What it finds is certain for 16:9 and square pixels only; any other
 * size is spelled out.
 */
function resolutionOf({ video }: SourceProbe, { width, height }: Rendition): string {
  const { displayWidth, displayHeight, sampleAspectRatio: sar } = video;
  const isWidescreen = displayWidth * 9 === displayHeight * 16 && sar.numerator === sar.denominator;
  const foundWidth = 2 * Math.round((height * 16) / 9 / 2);
  return isWidescreen && NAMED_HEIGHTS.includes(height) && width === foundWidth
    ? `${height}p`
    : `${width}x${height}`;
}

/** One picture of at most this width, its height as the source's shape has it. Never wider than the source. */
export function pictureFormat(rung: Rendition, maxWidthPixels: number): string {
  return `jpg:${Math.min(rung.width, maxWidthPixels)}x`;
}
