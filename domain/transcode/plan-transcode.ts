import type { SourceObject, SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { Settings } from '../settings.ts';
import { frameGrid } from './frame-grid.ts';
import { renditionLadder } from './rendition-ladder.ts';
import type { TranscodePlan } from './transcode-job.entity.ts';

/** The one kind of segment that a transcoder's HLS can have, whatever is configured. */
const ONLY_CONTAINER: Readonly<Partial<Record<TranscoderName, Settings['segmentContainer']>>> = {
  coconut: 'ts',
};

/** What a transcoder will be asked for, decided from the probe alone. Pure. */
export function planTranscode(
  source: SourceObject,
  probe: SourceProbe,
  transcoder: TranscoderName,
  settings: Pick<Settings, 'segmentContainer' | 'segmentSeconds' | 'audioBitsPerSecond' | 'mp4Renditions'>,
): TranscodePlan {
  return {
    source,
    probe,
    ladder: renditionLadder(probe.video, transcoder),
    range: { framesPerSecond: frameGrid(probe.video), startFrame: 0, endFrame: null },
    segmentContainer: ONLY_CONTAINER[transcoder] ?? settings.segmentContainer,
    segmentSeconds: settings.segmentSeconds,
    audioBitsPerSecond: settings.audioBitsPerSecond,
    mp4Renditions: settings.mp4Renditions,
  };
}
