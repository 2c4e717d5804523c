import { randomBytes, randomUUID } from 'node:crypto';
import type { Rendition, TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { sourceProbe, videoTrack } from '#test/support/tracks.ts';

export const rung = (label: string, width: number, height: number): Rendition => ({
  label,
  width,
  height,
  maxVideoBitsPerSecond: 1,
});

/** Eight seconds at 25 frames, two rungs, under a prefix of its own; only what a test says differs. */
export function newOrder(changes: Partial<TranscodeOrder> = {}): TranscodeOrder {
  const videoId = randomUUID();
  return {
    jobId: randomUUID(),
    videoId,
    source: { key: 'uploads/source.mp4', etag: 'etag', sizeBytes: 1, demuxer: 'mov' },
    probe: sourceProbe({ video: videoTrack({ displayWidth: 1280, displayHeight: 720 }) }),
    ladder: [rung('720p', 1280, 720), rung('360p', 640, 360)],
    range: { framesPerSecond: { numerator: 25, denominator: 1 }, startFrame: 0, endFrame: null },
    outputPrefix: `videos/${videoId}/hls/${randomBytes(16).toString('hex')}/`,
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: false,
    ...changes,
  };
}
