import type { TranscoderName, VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { Transcoders } from '../context.ts';
import type { FailReason } from '../fail-reasons.ts';

/**
 * Who transcodes a video: whom a request names, else whom its upload policy names, else the deployment's choice. One
 * that is no longer set up is passed over: it could be named only by a request made before a deployment. Pure.
 */
export function chooseTranscoder(
  { defaultName, configured }: Pick<Transcoders, 'defaultName' | 'configured'>,
  wish: { requested?: TranscoderName | undefined; policy: TranscoderName | null },
): TranscoderName {
  const wished = [wish.requested, wish.policy];
  return wished.find((name) => name != null && configured.includes(name)) ?? defaultName;
}

/** Failures that are the transcoder's own. A source at fault, storage that is away, or work taken back on purpose is not. */
const ANOTHER_MAY_HELP: readonly FailReason[] = ['TRANSCODE_ERROR', 'TRANSCODE_TIMEOUT', 'WORKER_LOST'];

/**
 * Who tries next when one transcoder has failed for good; null when nobody does. Once a run: what failed at the fallback
 * goes nowhere else. Pure.
 *
 * That goes for a source which keeps taking our workers down (WORKER_LOST) as well: another transcoder than our FFmpeg
 * works elsewhere, with machines of its own to lose, and the source is a video that plays for all we know.
 */
export function fallbackAfter(
  { fallbackName, configured }: Pick<Transcoders, 'fallbackName' | 'configured'>,
  job: { readonly provider: VersionMaker; readonly fallbackFrom?: TranscoderName | null | undefined },
  reason: FailReason,
): TranscoderName | null {
  if (fallbackName === null || !configured.includes(fallbackName)) return null;
  if (job.provider === 'import' || job.provider === fallbackName || job.fallbackFrom != null) return null;
  return ANOTHER_MAY_HELP.includes(reason) ? fallbackName : null;
}
