import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import type { AudioTrack, SourceProbe, VideoTrack } from '#providers/transcoders/source-inspector.ts';
import type { TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { audioTrack, sourceProbe, videoTrack } from '#test/support/tracks.ts';

/** The deployment that the tests of this folder speak of. */
export const PLACE = {
  roleArn: 'arn:aws:iam::111122223333:role/transcoder',
  queueArn: 'arn:aws:mediaconvert:us-east-1:111122223333:queues/videos',
  sourceBucket: 'sources',
  mediaBucket: 'media',
} as const;

export const JOB_ID = '0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5';
export const VIDEO_ID = '0198f6a2-0a0b-7c0d-8e0f-101112131415';

export const SETTINGS = {
  segmentContainer: 'fmp4',
  segmentSeconds: 4,
  audioBitsPerSecond: 128_000,
  mp4Renditions: false,
} as const;

const VIDEO = videoTrack({
  displayWidth: 1920,
  displayHeight: 1080,
  averageFrameRate: { numerator: 30, denominator: 1 },
  durationSeconds: 60,
});

/** A phone's video of a minute in full HD, with what a test changes of it. */
export function probeOf(
  video: Partial<VideoTrack> = {},
  audio: Partial<AudioTrack> | null = {},
  file: Partial<SourceProbe> = {},
): SourceProbe {
  return sourceProbe({
    durationSeconds: video.durationSeconds ?? VIDEO.durationSeconds,
    streamCount: audio ? 2 : 1,
    bitRateBitsPerSecond: 20_000_000,
    video: { ...VIDEO, ...video },
    audio: audio && audioTrack(audio),
    ...file,
  });
}

/** What the pipeline orders for a probe: its own ladder and frame grid. */
export function orderOf(
  probe: SourceProbe = probeOf(),
  settings: Partial<Parameters<typeof planTranscode>[3]> = {},
): TranscodeOrder {
  const source = {
    key: `uploads/${VIDEO_ID}/0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10/source.mp4`,
    etag: '0123456789abcdef0123456789abcdef',
    sizeBytes: 1_000_000,
    demuxer: probe.demuxer,
  };
  return {
    ...planTranscode(source, probe, 'mediaconvert', { ...SETTINGS, ...settings }),
    jobId: JOB_ID,
    videoId: VIDEO_ID,
    outputPrefix: `videos/${VIDEO_ID}/hls/5f0c2a9be4d84d7d9b0e0f6d6a8f1c33/`,
  };
}
