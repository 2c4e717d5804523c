import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import type { AudioTrack, SourceProbe, VideoTrack } from '#providers/transcoders/source-inspector.ts';
import type { TranscodeOrder } from '#providers/transcoders/transcoder.ts';

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

const VIDEO: VideoTrack = {
  streamIndex: 0,
  codec: 'h264',
  profile: 'High',
  level: 40,
  displayWidth: 1920,
  displayHeight: 1080,
  codedWidth: 1920,
  codedHeight: 1080,
  rotationDegrees: 0,
  sampleAspectRatio: { numerator: 1, denominator: 1 },
  averageFrameRate: { numerator: 30, denominator: 1 },
  baseFrameRate: { numerator: 30, denominator: 1 },
  variableFrameRate: false,
  pixelFormat: 'yuv420p',
  bitDepth: 8,
  hdr: null,
  interlaced: false,
  startSeconds: 0,
  durationSeconds: 60,
};

const AUDIO: AudioTrack = {
  streamIndex: 1,
  codec: 'aac',
  channels: 2,
  sampleRateHz: 48_000,
  startSeconds: 0,
};

/** A phone's video of a minute in full HD, with what a test changes of it. */
export function probeOf(
  video: Partial<VideoTrack> = {},
  audio: Partial<AudioTrack> | null = {},
  file: Partial<SourceProbe> = {},
): SourceProbe {
  return {
    demuxer: 'mov',
    formatName: 'mov,mp4,m4a,3gp,3g2,mj2',
    durationSeconds: video.durationSeconds ?? VIDEO.durationSeconds,
    streamCount: audio ? 2 : 1,
    bitRateBitsPerSecond: 20_000_000,
    video: { ...VIDEO, ...video },
    audio: audio && { ...AUDIO, ...audio },
    ...file,
  };
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
