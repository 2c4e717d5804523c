import { dividedBy, type Exact, exact, fraction, times } from '#domain/cost/exact.ts';
import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import type { TranscodePlan } from '#domain/transcode/transcode-job.entity.ts';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import { describedSource } from '../cost/described-source.ts';
import { LOAD } from './assumptions.ts';

/** What a month of so many daily users asks for. */
export interface Usage {
  readonly dailyUsers: number;
  readonly uploads: Exact;
  /** Everybody watches once a day. */
  readonly views: number;
  readonly apiCalls: Exact;
  readonly logGib: Exact;
  readonly sourceBytes: number;
  readonly apiInstances: number;
}

const KIB_PER_GIB = 1024 ** 2;
const BYTES_PER_MEGABYTE = 1_000_000;
const API_INSTANCES_MIN = 2;

export function usageOf(dailyUsers: number): Usage {
  const userDays = times(fraction(dailyUsers), exact(LOAD.daysOfMonth.value));
  const apiCalls = times(userDays, exact(LOAD.apiCalls.value));
  return {
    dailyUsers,
    uploads: times(userDays, exact(LOAD.uploadsPerUser.value)),
    views: Math.round(dailyUsers * Number(LOAD.daysOfMonth.value)),
    apiCalls,
    logGib: times(apiCalls, exact(LOAD.logKibPerCall.value), fraction(1, KIB_PER_GIB)),
    sourceBytes:
      Number(LOAD.sourceMegabytesPerMinute.value) * BYTES_PER_MEGABYTE * Number(LOAD.uploadMinutes.value),
    apiInstances: Math.max(API_INSTANCES_MIN, Math.ceil(dailyUsers / Number(LOAD.usersPerApi.value))),
  };
}

/** What a transcoder is asked for of a 1080p30 video with sound. */
export function planOf(minutes: string, transcoder: TranscoderName): TranscodePlan {
  const seconds = Number(minutes) * 60;
  const { source, probe } = describedSource({
    seconds,
    size: { width: 1920, height: 1080 },
    framesPerSecond: 30,
    hasSound: true,
  });
  return planTranscode(source, probe, transcoder, {
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: false,
  });
}

/** The smallest whole number that is not below. */
export function wholeAbove(value: Exact): number {
  const { numerator, denominator } = dividedBy(value, fraction(1));
  return Number((numerator + denominator - 1n) / denominator);
}
