import type { UploadPolicies } from './upload/upload-policies.ts';

/** The part of the configuration that decides what verbs do. Durations carry their unit. */
export interface Settings {
  readonly policies: UploadPolicies;
  /** How long a session lives after its last signature. */
  readonly sessionTtlSeconds: number;
  /** How long a claimed completion is left to its claimer (R10). */
  readonly completionLeaseSeconds: number;
  /** After this long `complete` answers 202 and goes on. */
  readonly completionAnswerSeconds: number;
  /** How often a worker renews its lease, and after how long without it counts as dead (R6). */
  readonly leaseBeatSeconds: number;
  readonly leaseDeadSeconds: number;
  /** How many failed attempts end a transcode, and what the first retry waits (doubling). */
  readonly transcodeAttempts: number;
  readonly transcodeRetrySeconds: number;
  /** Two tries for storage verification and for the probe. */
  readonly probeAttempts: number;
  readonly probeRetrySeconds: number;
  readonly maxActiveJobsPerOwner: number;
  /** How long a replaced version stays playable (R14). */
  readonly versionGraceSeconds: number;
  /** How long a deleted video can be brought back (R13). */
  readonly deleteGraceSeconds: number;
  readonly segmentContainer: 'fmp4' | 'ts';
  readonly segmentSeconds: number;
  readonly audioBitsPerSecond: number;
}
