import type { VideoStatus } from '#domain/video/video-states.ts';

/** This contract's word for each of our states. A new state does not compile until it has one. */
export const PROCESSOR_WORDS = {
  DRAFT: 'uploading',
  UPLOADING: 'uploading',
  UPLOADED: 'queued',
  TRANSCODING: 'processing',
  READY: 'ready',
  FAILED: 'failed',
} as const satisfies Record<VideoStatus, string>;

export type ProcessorWord = (typeof PROCESSOR_WORDS)[VideoStatus];
