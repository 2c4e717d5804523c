import type { CreateJobCommandInput } from '@aws-sdk/client-mediaconvert';
import { type Rendition, TranscodeFailure, type TranscodeOrder } from '../transcoder.ts';
import { mp4Groups, posterGroup } from './file-groups.ts';
import { hlsGroup } from './hls-groups.ts';
import { jobInput } from './job-input.ts';
import { outputNames } from './output-names.ts';

/** Where jobs of this deployment run and what they may touch. */
export interface JobPlace {
  readonly roleArn: string;
  /** Left out: the account's default queue. */
  readonly queueArn?: string | undefined;
  readonly sourceBucket: string;
  readonly mediaBucket: string;
}

/** The API's bound of Width and Height. */
const SIDE_MIN_PIXELS = 32;
/** "Maximum supported output resolutions" of the User Guide for AVC: 4096 x 2160, upright too. */
const LONG_SIDE_MAX_PIXELS = 4096;
const SHORT_SIDE_MAX_PIXELS = 2160;

/**
 * The whole CreateJob request of an order. Pure: the same order gives the same request. No ACL and no encryption are
 * named: the bucket decides both (R15).
 *
 * Throws TranscodeFailure, final, for a size that MediaConvert cannot make.
 */
export function jobRequest(order: TranscodeOrder, place: JobPlace): CreateJobCommandInput {
  refuseSizes(order.ladder);
  const names = outputNames(place.mediaBucket, order.outputPrefix);
  return {
    Role: place.roleArn,
    ...(place.queueArn !== undefined && { Queue: place.queueArn }),
    // Holds for one minute only: it covers a request that is repeated, `findSubmission` covers the rest.
    ClientRequestToken: order.jobId,
    // Unlike tags these come back in every event.
    UserMetadata: { jobId: order.jobId, videoId: order.videoId },
    StatusUpdateInterval: 'SECONDS_10',
    Settings: {
      TimecodeConfig: { Source: 'ZEROBASED' },
      Inputs: [jobInput(order, place.sourceBucket)],
      OutputGroups: [
        hlsGroup(order, names),
        posterGroup(order, names),
        ...(order.mp4Renditions ? mp4Groups(order, names) : []),
      ],
    },
  };
}

function refuseSizes(ladder: readonly Rendition[]): void {
  const impossible = ladder.find(({ width, height }) => {
    const [short, long] = [Math.min(width, height), Math.max(width, height)];
    return short < SIDE_MIN_PIXELS || short > SHORT_SIDE_MAX_PIXELS || long > LONG_SIDE_MAX_PIXELS;
  });
  if (!impossible) return;
  const { width, height } = impossible;
  const detail = `MediaConvert makes no H.264 of ${width} x ${height} pixels`;
  throw new TranscodeFailure('TRANSCODE_ERROR', detail, { isFinal: true });
}
