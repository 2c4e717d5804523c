import type { Rational } from '../source-inspector.ts';
import type { TranscodeOrder } from '../transcoder.ts';

/** An order counted in frames of its grid. */
export interface FramePlan {
  readonly framesPerSecond: Rational;
  readonly startFrame: number;
  /** Exclusive. */
  readonly endFrame: number;
  readonly frameCount: number;
  /** Frames from one key frame to the next: half a segment. */
  readonly gopFrames: number;
  readonly segmentFrames: number;
  readonly durationSeconds: number;
  /** The range is the whole video. Only then is there sound: it is encoded once, never per part. */
  readonly whole: boolean;
  /** The range ends where the video ends. */
  readonly reachesEnd: boolean;
}

/** Throws RangeError for a range that is empty or does not begin on a segment. */
export function planFrames(order: Pick<TranscodeOrder, 'range' | 'probe' | 'segmentSeconds'>): FramePlan {
  const { framesPerSecond, startFrame } = order.range;
  const rate = framesPerSecond.numerator / framesPerSecond.denominator;
  const total = Math.max(1, Math.round(order.probe.durationSeconds * rate));
  const endFrame = Math.min(order.range.endFrame ?? total, total);
  const gopFrames = Math.max(1, Math.round((order.segmentSeconds / 2) * rate));
  const frameCount = endFrame - startFrame;
  if (frameCount <= 0) throw new RangeError(`frames ${startFrame} to ${endFrame} are none`);
  if (startFrame % (2 * gopFrames) !== 0) throw new RangeError(`frame ${startFrame} begins no segment`);
  return {
    framesPerSecond,
    startFrame,
    endFrame,
    frameCount,
    gopFrames,
    segmentFrames: 2 * gopFrames,
    durationSeconds: (frameCount * framesPerSecond.denominator) / framesPerSecond.numerator,
    whole: startFrame === 0 && endFrame === total,
    reachesEnd: endFrame === total,
  };
}

/** Up to this much of the end may fail to decode; it is filled with the last frame. Seconds. */
const FILLED_SECONDS = 0.5;

/** Frames that may be missing at the end before the source counts as truncated. */
export function toleratedFrames(plan: FramePlan): number {
  const rate = plan.framesPerSecond.numerator / plan.framesPerSecond.denominator;
  return Math.max(1, Math.ceil(FILLED_SECONDS * rate));
}
