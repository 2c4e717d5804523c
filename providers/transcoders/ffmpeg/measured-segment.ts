import type { Rational } from '../source-inspector.ts';
import { type InitSegment, parseInitSegment, parseMediaSegment } from './mp4-boxes.ts';
import { type SegmentSamples, samplesOf } from './mp4-samples.ts';
import type { SegmentContainer } from './output-layout.ts';
import { parseTransportSegment } from './ts-packets.ts';

/** A finished segment, as its bytes say. */
export interface MeasuredSegment {
  readonly name: string;
  readonly sizeBytes: number;
  /** Null for sound in a transport stream: FFmpeg's own playlist knows. */
  readonly durationSeconds: number | null;
  /** Pictures, or packets of sound. */
  readonly sampleCount: number;
  /** Where the segment begins on the clock of the whole video; null in a transport stream. */
  readonly startSeconds: number | null;
  /** Where each picture or packet lies; only where it was asked for. */
  readonly samples: SegmentSamples | null;
}

/** Reads the segments of one rendition; its codec is known after the first. */
export interface SegmentMeter {
  measure(name: string, bytes: Buffer): MeasuredSegment;
  codec(): string | null;
}

/** `init` is read when the first segment comes: FFmpeg writes it before that. `keepsSamples` costs 1 kB a segment. */
export function segmentMeter(
  container: SegmentContainer,
  kind: 'video' | 'audio',
  framesPerSecond: Rational,
  readInit: () => Buffer,
  keepsSamples: boolean,
): SegmentMeter {
  let codec: string | null = null;
  if (container === 'fmp4') {
    let init: InitSegment | undefined;
    return {
      measure(name, bytes) {
        init ??= parseInitSegment(readInit());
        codec = init.codec;
        const { sampleCount, duration, decodeTime } = parseMediaSegment(bytes, init);
        return {
          name,
          sizeBytes: bytes.length,
          durationSeconds: duration / init.timescale,
          sampleCount,
          startSeconds: Number(decodeTime) / init.timescale,
          samples: keepsSamples ? samplesOf(bytes, init.defaultSampleDuration) : null,
        };
      },
      codec: () => codec,
    };
  }
  const { numerator, denominator } = framesPerSecond;
  return {
    measure(name, bytes) {
      const { unitCount, videoCodec } = parseTransportSegment(bytes);
      // FFmpeg's encoder makes AAC-LC and nothing else.
      codec ??= kind === 'audio' ? 'mp4a.40.2' : videoCodec;
      return {
        name,
        sizeBytes: bytes.length,
        durationSeconds: kind === 'video' ? (unitCount * denominator) / numerator : null,
        sampleCount: unitCount,
        startSeconds: null,
        samples: null,
      };
    },
    codec: () => codec,
  };
}
