import type { AudioTrack, SourceProbe, VideoTrack } from '#providers/transcoders/source-inspector.ts';

/** A video track as a probe would report it; only what a test says differs from a plain 320x180 at 25. */
export function videoTrack(changes: Partial<VideoTrack> = {}): VideoTrack {
  const {
    displayWidth = 320,
    displayHeight = 180,
    averageFrameRate = { numerator: 25, denominator: 1 },
  } = changes;
  return {
    streamIndex: 0,
    codec: 'h264',
    profile: 'High',
    level: 40,
    displayWidth,
    displayHeight,
    codedWidth: displayWidth,
    codedHeight: displayHeight,
    rotationDegrees: 0,
    sampleAspectRatio: { numerator: 1, denominator: 1 },
    averageFrameRate,
    baseFrameRate: averageFrameRate,
    variableFrameRate: false,
    pixelFormat: 'yuv420p',
    bitDepth: 8,
    hdr: null,
    interlaced: false,
    startSeconds: 0,
    durationSeconds: 8,
    ...changes,
  };
}

/** A sound track as a probe would report it: stereo, beside one video track. */
export function audioTrack(changes: Partial<AudioTrack> = {}): AudioTrack {
  return { streamIndex: 1, codec: 'aac', channels: 2, sampleRateHz: 48_000, startSeconds: 0, ...changes };
}

/** What a probe finds in an MP4 of eight seconds. */
export function sourceProbe(changes: Partial<SourceProbe> = {}): SourceProbe {
  return {
    demuxer: 'mov',
    formatName: 'mov,mp4,m4a,3gp,3g2,mj2',
    durationSeconds: 8,
    streamCount: 1,
    bitRateBitsPerSecond: 500_000,
    video: videoTrack(),
    audio: null,
    ...changes,
  };
}
