import type { Input } from '@aws-sdk/client-mediaconvert';
import type { SourceProbe } from '../source-inspector.ts';
import type { TranscodeOrder } from '../transcoder.ts';
import { AUDIO_SELECTOR } from './audio-description.ts';

/** The one input: the whole source, upright, with its first sound track where it has any. */
export function jobInput({ source, probe }: TranscodeOrder, sourceBucket: string): Input {
  return {
    FileInput: `s3://${sourceBucket}/${source.key}`,
    TimecodeSource: 'ZEROBASED',
    VideoSelector: { Rotate: rotationOf(probe) },
    // An output that names a selector of a source without sound fails the whole job.
    ...(probe.audio && { AudioSelectors: { [AUDIO_SELECTOR]: { DefaultSelection: 'DEFAULT' } } }),
  };
}

/** The service reads rotation itself from MOV and MP4 only; elsewhere it is told what the probe found, clockwise too. */
function rotationOf({ demuxer, video }: SourceProbe) {
  if (demuxer === 'mov') return 'AUTO';
  return ({ 0: 'DEGREE_0', 90: 'DEGREES_90', 180: 'DEGREES_180', 270: 'DEGREES_270' } as const)[
    video.rotationDegrees
  ];
}
