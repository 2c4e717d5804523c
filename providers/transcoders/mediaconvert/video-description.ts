import type { H264Settings, VideoDescription, VideoPreprocessor } from '@aws-sdk/client-mediaconvert';
import type { VideoTrack } from '../source-inspector.ts';
import type { Rendition, TranscodeOrder } from '../transcoder.ts';
import { frameRateSettings } from './frame-rate.ts';

/** From this short side on, what QVBR saves at level 7 is seen on a large screen. */
const FINE_SHORT_SIDE_PIXELS = 1080;

/** MediaConvert counts segments in whole seconds. */
export function segmentSecondsOf(order: TranscodeOrder): number {
  return Math.max(1, Math.round(order.segmentSeconds));
}

/** One rung: H.264 by QVBR below the rung's cap, at exactly its size, with square pixels and the order's GOPs. */
export function rungDescription(order: TranscodeOrder, rung: Rendition): VideoDescription {
  return {
    ...pictureOf(order.probe.video, rung),
    CodecSettings: { Codec: 'H_264', H264Settings: h264Settings(order, rung) },
  };
}

/**
 * Size and look of a picture. The size is already the source's own shape and never above it, after rotation and pixel
 * aspect: FIT_NO_UPSCALE judges by coded sizes and may answer with another one, padding would add a line of black where
 * a size was rounded to an even number. Stretched is at most one pixel.
 */
export function pictureOf(
  video: VideoTrack,
  size: { readonly width: number; readonly height: number },
): VideoDescription {
  const preprocessors = preprocessorsOf(video);
  return {
    Width: size.width,
    Height: size.height,
    ScalingBehavior: 'STRETCH_TO_OUTPUT',
    RespondToAfd: 'NONE',
    TimecodeInsertion: 'DISABLED',
    ...(preprocessors && { VideoPreprocessors: preprocessors }),
  };
}

function h264Settings(order: TranscodeOrder, rung: Rendition): H264Settings {
  const fine = Math.min(rung.width, rung.height) >= FINE_SHORT_SIDE_PIXELS;
  return {
    RateControlMode: 'QVBR',
    MaxBitrate: rung.maxVideoBitsPerSecond,
    QvbrSettings: { QvbrQualityLevel: fine ? 8 : 7 },
    QualityTuningLevel: 'SINGLE_PASS_HQ',
    CodecProfile: 'HIGH',
    CodecLevel: 'AUTO',
    InterlaceMode: 'PROGRESSIVE',
    GopSize: segmentSecondsOf(order) / 2,
    GopSizeUnits: 'SECONDS',
    GopClosedCadence: 1,
    // Scenes get I-frames, but IDR frames come at the cadence alone: all rungs can be switched at the same places.
    SceneChangeDetect: 'TRANSITION_DETECTION',
    MinIInterval: 0,
    ...frameRateSettings(order),
    ParControl: 'SPECIFIED',
    ParNumerator: 1,
    ParDenominator: 1,
  };
}

function preprocessorsOf({ hdr, interlaced }: VideoTrack): VideoPreprocessor | null {
  if (!hdr && !interlaced) return null;
  return {
    // PRESERVE_DETAILS is what the service does to HLG in any case: both kinds of HDR come out alike.
    ...(hdr && {
      ColorCorrector: { ColorSpaceConversion: 'FORCE_709', HdrToSdrToneMapper: 'PRESERVE_DETAILS' },
    }),
    ...(interlaced && { Deinterlacer: { Mode: 'DEINTERLACE', Algorithm: 'INTERPOLATE', Control: 'NORMAL' } }),
  };
}
