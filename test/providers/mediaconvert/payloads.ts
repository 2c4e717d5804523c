/** Events and answers in the forms that the user guide and the API reference show, about the job of these tests. */
import { JOB_ID, PLACE, VIDEO_ID } from './probes.ts';

export const PROVIDER_JOB_ID = '1671477617078-2886ye';
const ACCOUNT = '111122223333';

/** An event as EventBridge sends it. */
export function event(status: string, detail: object = {}, envelope: object = {}) {
  return {
    version: '0',
    id: 'a6a3b1f0-57d4-4d0e-8f2e-1b0a1c2d3e4f',
    'detail-type': 'MediaConvert Job State Change',
    source: 'aws.mediaconvert',
    account: ACCOUNT,
    time: '2022-12-19T19:21:21Z',
    region: 'us-east-1',
    resources: [`arn:aws:mediaconvert:us-east-1:${ACCOUNT}:jobs/${PROVIDER_JOB_ID}`],
    detail: {
      timestamp: 1671477681737,
      accountId: ACCOUNT,
      queue: PLACE.queueArn,
      jobId: PROVIDER_JOB_ID,
      status,
      userMetadata: { jobId: JOB_ID, videoId: VIDEO_ID },
      ...detail,
    },
    ...envelope,
  };
}

export const STATUS_UPDATE = {
  framesDecoded: 353,
  jobProgress: {
    phaseProgress: {
      PROBING: { status: 'COMPLETE', percentComplete: 100 },
      TRANSCODING: { status: 'PROGRESSING', percentComplete: 2 },
      UPLOADING: { status: 'PENDING', percentComplete: 0 },
    },
    jobPercentComplete: 7,
    currentPhase: 'TRANSCODING',
    retryCount: 0,
  },
};

export const COMPLETE = {
  warnings: [{ code: 230001, count: 1 }],
  outputGroupDetails: [
    {
      type: 'CMAF_GROUP',
      playlistFilePaths: ['s3://media/renditions/x/master.m3u8'],
      outputDetails: [
        {
          outputFilePaths: ['s3://media/renditions/x/master_1080p.m3u8'],
          durationInMs: 180_041,
          videoDetails: {
            widthInPx: 1920,
            heightInPx: 1080,
            averageBitrate: 2_000_000,
            qvbrAvgQuality: 7.38,
          },
        },
      ],
    },
    {
      type: 'FILE_GROUP',
      outputDetails: [
        {
          outputFilePaths: ['s3://media/renditions/x/t.0000036.jpg'],
          durationInMs: 180_041,
          videoDetails: {},
        },
      ],
    },
  ],
};

/** A job as GetJob answers: without paths. */
export function job(status: string, members: object = {}) {
  return {
    job: {
      arn: `arn:aws:mediaconvert:us-east-1:${ACCOUNT}:jobs/${PROVIDER_JOB_ID}`,
      id: PROVIDER_JOB_ID,
      createdAt: 1671477617,
      queue: PLACE.queueArn,
      role: PLACE.roleArn,
      settings: { inputs: [], outputGroups: [] },
      status,
      timing: { submitTime: 1671477617, startTime: 1671477620 },
      userMetadata: { jobId: JOB_ID, videoId: VIDEO_ID },
      retryCount: 0,
      ...members,
    },
  };
}

export const OUTPUT_GROUP_DETAILS = [
  {
    outputDetails: [
      { durationInMs: 60_040, videoDetails: { heightInPx: 1080, widthInPx: 1920 } },
      { durationInMs: 60_000, videoDetails: { heightInPx: 720, widthInPx: 1280 } },
      { durationInMs: 60_053 },
    ],
  },
];
