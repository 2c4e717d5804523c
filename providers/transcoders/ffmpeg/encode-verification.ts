import { SourceRejected } from '../source-inspector.ts';
import { TranscodeFailure } from '../transcoder.ts';
import { type FramePlan, toleratedFrames } from './frame-plan.ts';
import type { RenditionResult } from './publish-playlists.ts';

/**
 * Compares what was encoded with what was planned; FFmpeg's exit code is 0 for a source that breaks off. Throws
 * SourceRejected when the source ended early, TranscodeFailure when the renditions do not agree.
 */
export function verifyEncode(results: readonly RenditionResult[], plan: FramePlan): void {
  for (const { kind, label, segments } of results) {
    requireContinuity(label, segments, plan);
    if (kind === 'audio') continue;
    const frames = segments.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
    if (frames === 0) throw new SourceRejected('SOURCE_NOT_VIDEO', 'No picture of the video can be decoded.');
    if (frames < plan.frameCount - toleratedFrames(plan)) {
      const found = `${frames} of ${plan.frameCount} frames`;
      throw new SourceRejected('SOURCE_TRUNCATED', `The video breaks off: it holds ${found}.`);
    }
    segments.slice(0, -1).forEach(({ name, sampleCount }) => {
      if (sampleCount !== plan.segmentFrames) throw broken(`${label}/${name} has ${sampleCount} frames`);
    });
  }
  const counts = new Set(
    results
      .filter(({ kind }) => kind === 'video')
      .map(({ segments }) => segments.map(({ sampleCount }) => sampleCount).join()),
  );
  if (counts.size > 1) throw broken('the renditions differ in their segments');
}

/** Every segment must begin where the one before it ended; half a millisecond is rounding. */
function requireContinuity(label: string, segments: RenditionResult['segments'], plan: FramePlan): void {
  const { numerator, denominator } = plan.framesPerSecond;
  let expectedSeconds = (plan.startFrame * denominator) / numerator;
  for (const { name, startSeconds, durationSeconds } of segments) {
    if (startSeconds !== null && Math.abs(startSeconds - expectedSeconds) > 0.0005) {
      throw broken(`${label}/${name} begins at ${startSeconds} s instead of ${expectedSeconds} s`);
    }
    expectedSeconds = (startSeconds ?? expectedSeconds) + durationSeconds;
  }
}

function broken(detail: string): TranscodeFailure {
  return new TranscodeFailure('TRANSCODE_ERROR', `FFmpeg wrote an unusable stream: ${detail}.`);
}
