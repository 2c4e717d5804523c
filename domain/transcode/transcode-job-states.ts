import { stateMachine, type TransitionTable } from '../state-machine.ts';

export type TranscodeJobState =
  | 'QUEUED'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELED'
  | 'HANDED_BACK'
  | 'LOST';

/**
 * One row is one attempt, and an attempt never comes back: what is tried again is a new row with its own output
 * prefix (R6). HANDED_BACK (a deploy took the worker) and LOST (the lease ran out) do not count as failures.
 */
export const TRANSCODE_JOB_TRANSITIONS = {
  QUEUED: ['RUNNING', 'FAILED', 'CANCELED', 'LOST'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELED', 'HANDED_BACK', 'LOST'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELED: [],
  HANDED_BACK: [],
  LOST: [],
} as const satisfies TransitionTable<TranscodeJobState>;

export const transcodeJobStates = stateMachine<TranscodeJobState>('transcode job', TRANSCODE_JOB_TRANSITIONS);

/** States in which an attempt can still publish; a video has at most one such attempt. */
export const OPEN_JOB_STATES = ['QUEUED', 'RUNNING'] as const;

/** True while the attempt can still publish. */
export function isOpenJob(state: TranscodeJobState): boolean {
  return (OPEN_JOB_STATES as readonly string[]).includes(state);
}
