import { stateMachine, type TransitionTable } from '../state-machine.ts';

export type VideoStatus = 'DRAFT' | 'UPLOADING' | 'UPLOADED' | 'TRANSCODING' | 'READY' | 'FAILED';

export const VIDEO_TRANSITIONS = {
  DRAFT: ['UPLOADING'],
  UPLOADING: ['UPLOADED', 'FAILED'],
  UPLOADED: ['TRANSCODING', 'FAILED'],
  TRANSCODING: ['READY', 'FAILED'],
  // Never rolls back: transcoding again makes a new version while the status stays READY.
  READY: [],
  FAILED: ['TRANSCODING', 'UPLOADING'],
} as const satisfies TransitionTable<VideoStatus>;

export const videoStates = stateMachine<VideoStatus>('video', VIDEO_TRANSITIONS);
