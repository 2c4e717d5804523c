import type { FfmpegAbilities } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import type { SourceProbe, VideoTrack } from '#providers/transcoders/source-inspector.ts';
import type { TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { audioTrack, sourceProbe, videoTrack } from '#test/support/tracks.ts';

export const ALL_ABILITIES: FfmpegAbilities = {
  toneMap: true,
  deinterlacer: 'bwdif',
  padEnd: true,
  frameSync: 'fps_mode',
};

const VIDEO = videoTrack({
  level: 31,
  displayWidth: 1280,
  displayHeight: 720,
  averageFrameRate: { numerator: 30, denominator: 1 },
  durationSeconds: 10,
});

export function probeOf(video: Partial<VideoTrack> = {}, probe: Partial<SourceProbe> = {}): SourceProbe {
  const track = { ...VIDEO, ...video };
  return sourceProbe({
    durationSeconds: track.durationSeconds,
    streamCount: 2,
    bitRateBitsPerSecond: 4_000_000,
    video: track,
    audio: audioTrack(),
    ...probe,
  });
}

export function orderOf(overrides: Partial<TranscodeOrder> = {}): TranscodeOrder {
  const probe = overrides.probe ?? probeOf();
  return {
    jobId: 'job',
    videoId: 'video',
    source: { key: 'uploads/source', etag: 'etag', sizeBytes: 1000, demuxer: probe.demuxer },
    probe,
    ladder: [
      { label: '720p', width: 1280, height: 720, maxVideoBitsPerSecond: 2_800_000 },
      { label: '480p', width: 854, height: 480, maxVideoBitsPerSecond: 1_400_000 },
      { label: '360p', width: 640, height: 360, maxVideoBitsPerSecond: 800_000 },
    ],
    range: { framesPerSecond: probe.video.averageFrameRate, startFrame: 0, endFrame: null },
    outputPrefix: 'videos/video/hls/version/',
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: false,
    ...overrides,
  };
}
