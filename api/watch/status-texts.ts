import type { VideoStatus } from '#domain/video/video-states.ts';

/** What a viewer is told while there is nothing to play. No percentages: they would be a promise. */
export interface StatusText {
  readonly heading: string;
  readonly text: string;
}

const PROCESSING: StatusText = {
  heading: 'Video is still processing',
  text: 'It appears here by itself as soon as it can be played. You may leave this page open.',
};

export const STATUS_TEXTS = {
  DRAFT: {
    heading: 'The video is not here yet',
    text: 'Its upload has not begun. It appears here by itself as soon as it can be played.',
  },
  UPLOADING: {
    heading: 'The video is being uploaded',
    text: 'It appears here by itself as soon as it can be played. You may leave this page open.',
  },
  UPLOADED: PROCESSING,
  TRANSCODING: PROCESSING,
  READY: { heading: 'Loading the video', text: '' },
  FAILED: {
    heading: 'This video cannot be played',
    text: 'It could not be processed. Ask the person who sent you here for another link.',
  },
} as const satisfies Record<VideoStatus, StatusText>;
