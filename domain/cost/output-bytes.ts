import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { type Exact, exact, fraction, plus, times } from './exact.ts';
import type { Assumptions } from './prices/assumptions.ts';
import { soundStandsAlone } from './sound-outputs.ts';

const BITS_PER_BYTE = 8;
export const BYTES_PER_GIB = 1024 ** 3;

/** Bytes of a plan's outputs, as expected by the assumptions and as the bitrate caps allow at most. */
export interface OutputBytes {
  readonly expected: Exact;
  readonly atMost: Exact;
}

/** All renditions and the sound, once or in each of them; with MP4s beside them, those too, each with the sound. */
export function storedBytes(
  plan: TranscodePlan,
  transcoder: TranscoderName,
  assumptions: Assumptions,
): OutputBytes {
  const { ladder, mp4Renditions } = plan;
  const video = ladder.reduce((sum, rendition) => sum + rendition.maxVideoBitsPerSecond, 0);
  const copies = fraction(mp4Renditions ? 2 : 1);
  const inHls = soundStandsAlone(plan, transcoder) ? 1 : ladder.length;
  const sound = soundBits(plan, inHls + (mp4Renditions ? ladder.length : 0));
  const bytes = (share: Exact) =>
    times(duration(plan), plus(times(fraction(video), copies, share), sound), fraction(1, BITS_PER_BYTE));
  return { expected: bytes(exact(assumptions.averageOfCap.value)), atMost: bytes(fraction(1)) };
}

/** What one view fetches: by the assumed mix of renditions, and at most, all of it at the highest. */
export function viewedBytes(plan: TranscodePlan, assumptions: Assumptions): OutputBytes {
  const [top, ...others] = plan.ladder.map(({ maxVideoBitsPerSecond }) => maxVideoBitsPerSecond);
  const sound = soundBits(plan, 1);
  const atTop = fraction(top ?? 0);
  const atOthers = fraction(
    others.reduce((sum, bits) => sum + bits, 0),
    Math.max(1, others.length),
  );
  const topShare = others.length === 0 ? fraction(1) : exact(assumptions.timeAtTop.value);
  const mix = plus(times(atTop, topShare), times(atOthers, oneMinus(topShare)));
  const bytes = (bits: Exact) => times(duration(plan), plus(bits, sound), fraction(1, BITS_PER_BYTE));
  return {
    expected: times(
      bytes(times(mix, exact(assumptions.averageOfCap.value))),
      exact(assumptions.watched.value),
    ),
    atMost: bytes(atTop),
  };
}

export function gibOf(bytes: Exact): Exact {
  return times(bytes, fraction(1, BYTES_PER_GIB));
}

/** How many objects there are, and how many one view fetches: segments, what initialises them, playlists. */
export function objectsOf(
  plan: TranscodePlan,
  transcoder: TranscoderName,
): { readonly stored: number; readonly perView: number } {
  const { probe, segmentSeconds, ladder } = plan;
  const each = Math.ceil(probe.durationSeconds / segmentSeconds) + 2;
  const sound = soundStandsAlone(plan, transcoder) ? 1 : 0;
  return { stored: each * (ladder.length + sound) + 1, perView: each * (1 + sound) + 1 };
}

function duration({ probe }: TranscodePlan): Exact {
  return fraction(Math.round(probe.durationSeconds * 1000), 1000);
}

function soundBits({ probe, audioBitsPerSecond }: TranscodePlan, copies: number): Exact {
  return fraction(probe.audio ? audioBitsPerSecond * copies : 0);
}

function oneMinus({ numerator, denominator }: Exact): Exact {
  return { numerator: denominator - numerator, denominator };
}
