import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { PictureSize } from './options.ts';
import type { ProbedSource } from './probed-source.ts';

const MILLI = 1000;
/** The rates of NTSC, which people write as 23.976, 29.97 and 59.94. */
const NTSC_RATES = [24_000, 30_000, 60_000];

/** What a probe would find in a video that is only described; its size in bytes is not known. */
export function describedSource(of: {
  readonly seconds: number;
  readonly size: PictureSize;
  readonly framesPerSecond: number;
  readonly hasSound: boolean;
}): ProbedSource {
  const { seconds, size, framesPerSecond, hasSound } = of;
  const rate = rateOf(framesPerSecond);
  const probe: SourceProbe = {
    demuxer: 'mov',
    formatName: 'mov',
    durationSeconds: seconds,
    streamCount: hasSound ? 2 : 1,
    bitRateBitsPerSecond: null,
    video: {
      streamIndex: 0,
      codec: 'h264',
      profile: null,
      level: null,
      displayWidth: size.width,
      displayHeight: size.height,
      codedWidth: size.width,
      codedHeight: size.height,
      rotationDegrees: 0,
      sampleAspectRatio: { numerator: 1, denominator: 1 },
      averageFrameRate: rate,
      baseFrameRate: rate,
      variableFrameRate: false,
      pixelFormat: 'yuv420p',
      bitDepth: 8,
      hdr: null,
      interlaced: false,
      startSeconds: 0,
      durationSeconds: seconds,
    },
    audio: hasSound
      ? { streamIndex: 1, codec: 'aac', channels: 2, sampleRateHz: 48_000, startSeconds: 0 }
      : null,
  };
  const source = { key: 'described', etag: 'described', sizeBytes: 0, demuxer: 'mov' } as const;
  return { source, probe, sizeBytes: null };
}

function rateOf(framesPerSecond: number): { numerator: number; denominator: number } {
  const ntsc = NTSC_RATES.find((numerator) => Math.abs(numerator / 1001 - framesPerSecond) < 0.005);
  if (ntsc !== undefined) return { numerator: ntsc, denominator: 1001 };
  return { numerator: Math.round(framesPerSecond * MILLI), denominator: MILLI };
}
