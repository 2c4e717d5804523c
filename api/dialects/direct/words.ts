import type { VideoStatus } from '#domain/video/video-states.ts';

/** This contract's word for each of our states. A new state does not compile until it has one. */
export const DIRECT_WORDS = {
  DRAFT: 'pending',
  UPLOADING: 'uploading',
  UPLOADED: 'uploaded',
  TRANSCODING: 'processing',
  READY: 'ready',
  FAILED: 'errored',
} as const satisfies Record<VideoStatus, string>;

export type DirectWord = (typeof DIRECT_WORDS)[VideoStatus];
