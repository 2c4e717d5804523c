import type { CostSettings } from './cost/cost-settings.ts';
import type { UploadPolicies } from './upload/upload-policies.ts';

export interface WebhookSettings {
  /** Waits before the 2nd, 3rd... attempt; there is one attempt more than there are waits. */
  readonly retryWaitSeconds: readonly number[];
  readonly timeoutSeconds: number;
  /** An endpoint at which nothing has succeeded for so long is disabled. */
  readonly disableAfterSeconds: number;
  /** How long the secret before a rotation still signs, unless told otherwise. */
  readonly secretOverlapSeconds: number;
  readonly endpointsPerOwner: number;
  readonly keepMessagesSeconds: number;
}

/** What an archive may hold. */
export interface ArchiveSettings {
  readonly maxEntries: number;
  /** All entries together, unpacked. */
  readonly maxUnpackedBytes: number;
  /** Unpacked to packed, of one entry. */
  readonly maxRatio: number;
}

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
  /** A job that a transcoder elsewhere calls running for longer has failed. */
  readonly providerTimeoutSeconds: number;
  /** How long a replaced version stays playable (R14). */
  readonly versionGraceSeconds: number;
  /** How long a deleted video can be brought back (R13). */
  readonly deleteGraceSeconds: number;
  /** After this long a video is deleted; null for never. */
  readonly retentionSeconds: number | null;
  /** Whose videos are deleted after an hour, since a probe made them; null where nobody probes. */
  readonly canaryOwnerId: string | null;
  /** How long a session may live at most, however often it is used. */
  readonly sessionMaxSeconds: number;
  /** How long an `Idempotency-Key` is remembered, and how long the claim of a request that died holds (R17). */
  readonly idempotencyTtlSeconds: number;
  readonly idempotencyClaimSeconds: number;
  /** A request that lasts longer is cut by what stands before the API (R23). */
  readonly maxRequestSeconds: number;
  /** How large a file may come as the body of a request; null for as large as its policy takes (R23). */
  readonly rawBodyMaxBytes: number | null;
  readonly webhooks: WebhookSettings;
  /** Where finished playlists are reported, if anywhere. */
  readonly ingest: { readonly url: string; readonly token: string | null } | null;
  readonly archives: ArchiveSettings;
  /** Makes an MP4 beside each HLS rendition. */
  readonly mp4Renditions: boolean;
  readonly segmentContainer: 'fmp4' | 'ts';
  readonly segmentSeconds: number;
  readonly audioBitsPerSecond: number;
  /** Whose prices its costs are calculated with. */
  readonly cost: CostSettings;
}
