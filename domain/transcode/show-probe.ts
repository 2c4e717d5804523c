import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { Video } from '../video/video.entity.ts';

/** What a video tells of itself, taken from the source that it plays or is about to play. A null poster keeps the old one. */
export function showProbe(video: Video, probe: SourceProbe, posterKey: string | null): void {
  video.durationSeconds = probe.durationSeconds;
  video.width = probe.video.displayWidth;
  video.height = probe.video.displayHeight;
  if (posterKey !== null) video.posterKey = posterKey;
}
