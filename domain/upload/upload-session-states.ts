import { stateMachine, type TransitionTable } from '../state-machine.ts';

export type UploadSessionStatus =
  | 'INITIATED'
  | 'IN_PROGRESS'
  | 'PAUSED'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELED';

export const UPLOAD_SESSION_TRANSITIONS = {
  INITIATED: ['IN_PROGRESS', 'CANCELED', 'FAILED'],
  IN_PROGRESS: ['PAUSED', 'COMPLETED', 'FAILED', 'CANCELED'],
  PAUSED: ['IN_PROGRESS', 'CANCELED', 'FAILED'],
  COMPLETED: [],
  FAILED: [],
  CANCELED: [],
} as const satisfies TransitionTable<UploadSessionStatus>;

export const uploadSessionStates = stateMachine<UploadSessionStatus>(
  'upload session',
  UPLOAD_SESSION_TRANSITIONS,
);

/** States in which a session can still receive parts; a video has at most one such session. */
export const LIVE_SESSION_STATES = ['INITIATED', 'IN_PROGRESS', 'PAUSED'] as const;
