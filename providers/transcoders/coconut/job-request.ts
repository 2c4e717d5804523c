import type { TranscodeOrder } from '../transcoder.ts';
import { pictureFormat, videoFormat } from './format-spec.ts';
import type { StorageMembers } from './output-storage.ts';

/** One output; `key` is what Coconut calls it in what it tells. */
export interface CoconutOutput {
  readonly key: string;
  readonly [member: string]: unknown;
}

/** The body of `POST /v2/jobs` (docs.coconut.co/jobs/api). */
export interface CoconutJob {
  readonly input: { readonly url: string };
  readonly storage: StorageMembers;
  readonly notification: {
    readonly type: 'http';
    readonly url: string;
    readonly events: true;
    readonly metadata: false;
  };
  /** By format. A list each, since two outputs may be of one format. */
  readonly outputs: Readonly<Record<string, readonly CoconutOutput[]>>;
}

export const MASTER_NAME = 'master.m3u8';
export const POSTER_NAME = 'poster.jpg';
export const STORYBOARD_NAME = 'storyboard.jpg';
/** Coconut writes it beside the picture that it describes. */
export const STORYBOARD_CUES_NAME = 'storyboard.vtt';

export function mp4Name(label: string): string {
  return `${label}.mp4`;
}

const POSTER_MAX_WIDTH_PIXELS = 1280;
const THUMBNAIL_WIDTH_PIXELS = 160;
/** All of them are one picture, which phones have to hold in memory; Coconut's first API allowed no more either. */
const THUMBNAILS_MAX = 100;
const THUMBNAIL_MIN_INTERVAL_SECONDS = 2;

const HOUR_SECONDS = 3600;
/** AWS signs for no longer (Signature Version 4, X-Amz-Expires). */
const TTL_MAX_SECONDS = 7 * 24 * HOUR_SECONDS;

/**
 * How long Coconut may read the source: jobs wait in its queue before they fetch, so its documentation signs for six
 * hours; a long source takes longer to be fetched and is fetched again by outputs that are tried anew.
 */
export function inputTtlSeconds(order: TranscodeOrder): number {
  return Math.min(TTL_MAX_SECONDS, 6 * HOUR_SECONDS + 4 * Math.ceil(order.probe.durationSeconds));
}

/**
 * The job that makes an order: one HLS set of our rungs, never Coconut's own seven, which would be upscaled and paid for;
 * poster and storyboard; an MP4 a rung where ordered. Segments are MPEG-TS whatever the order prefers: Coconut packages
 * fMP4 only together with DASH, and the rungs stand in the one playlist either way.
 */
export function jobRequest(
  order: TranscodeOrder,
  {
    inputUrl,
    notificationUrl,
    storage,
  }: { inputUrl: string; notificationUrl: string; storage: StorageMembers },
): CoconutJob {
  return {
    input: { url: inputUrl },
    storage,
    // Without `metadata`: we have probed the source ourselves, and a report of every stream would come with each event.
    notification: { type: 'http', url: notificationUrl, events: true, metadata: false },
    outputs: Object.fromEntries(outputsByFormat(order)),
  };
}

function outputsByFormat(order: TranscodeOrder): Map<string, CoconutOutput[]> {
  const outputs = new Map<string, CoconutOutput[]>();
  const add = (format: string, output: CoconutOutput) =>
    outputs.set(format, [...(outputs.get(format) ?? []), output]);
  const formats = order.ladder.map((rung) => ({ label: rung.label, format: videoFormat(order.probe, rung) }));
  const [highest] = order.ladder;
  add('httpstream', {
    key: 'hls',
    hls: { path: outputPath(order, '') },
    variants: formats.map(({ format }) => format),
  });
  if (highest) {
    add(pictureFormat(highest, POSTER_MAX_WIDTH_PIXELS), {
      key: 'poster',
      path: outputPath(order, POSTER_NAME),
      offsets: [posterSecond(order.probe.durationSeconds)],
    });
    add(pictureFormat(highest, THUMBNAIL_WIDTH_PIXELS), {
      key: 'storyboard',
      path: outputPath(order, STORYBOARD_NAME),
      interval: thumbnailInterval(order.probe.durationSeconds),
      sprite: true,
      vtt: true,
    });
  }
  if (order.mp4Renditions)
    for (const { label, format } of formats)
      add(format, { key: `mp4:${label}`, path: outputPath(order, mp4Name(label)) });
  return outputs;
}

/** The whole key as a path: one slash in front, as Coconut's examples have it, and none twice. */
function outputPath({ outputPrefix }: TranscodeOrder, name: string): string {
  return `/${outputPrefix}${name}`.replace(/\/{2,}/g, '/');
}

/** A little after the start, where titles have faded in. Whole seconds, as Coconut counts them. */
function posterSecond(durationSeconds: number): number {
  return Math.min(5, Math.floor(durationSeconds / 10));
}

function thumbnailInterval(durationSeconds: number): number {
  return Math.max(THUMBNAIL_MIN_INTERVAL_SECONDS, Math.ceil(durationSeconds / THUMBNAILS_MAX));
}
