import type { VideoStatus } from '#domain/video/video-states.ts';

/** The document has no words for states, so clients get ours. A new state does not compile until it has one. */
export const LEARNING_WORDS = {
  DRAFT: 'DRAFT',
  UPLOADING: 'UPLOADING',
  UPLOADED: 'UPLOADED',
  TRANSCODING: 'TRANSCODING',
  READY: 'READY',
  FAILED: 'FAILED',
} as const satisfies Record<VideoStatus, VideoStatus>;
