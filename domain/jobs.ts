import type { EntityManager } from '@mikro-orm/postgresql';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { EventType } from './notifications/event-types.ts';
import type { VideoStanding } from './notifications/video-standing.ts';

/** Every job and what it carries. worker/task-list.ts does not compile while one has no task. */
export interface JobPayloads {
  /** Takes an interrupted completion to its end (R10); with `tryNumber`, from 1, one that a client has asked for. */
  'complete-upload': { sessionId: string; tryNumber?: number };
  /** Looks into the accepted source, cuts the poster, plans the ladder, starts the first attempt. */
  'probe-source': {
    videoId: string;
    sourceKey: string;
    tryNumber: number;
    /** Who is to transcode it; left out, policy and deployment decide. */
    transcoder?: TranscoderName;
    /** A request to transcode again what was transcoded before: it is met once. Left out, once a source is enough. */
    requestId?: string;
    /** Of the probe and of the attempts that follow; smaller goes first, 0 left out. */
    priority?: number;
  };
  /** Runs or submits one attempt. Tried once: what is tried again is a new attempt (R6). */
  transcode: { jobId: string };
  /** Hands one attempt to a transcoder that works elsewhere. Tried once, like `transcode`. */
  'submit-transcode': { jobId: string };
  /** Applies one event of the inbox. */
  'apply-provider-event': { eventId: string };
  /** Empties storage of a deleted video, then removes the row (R13). */
  'purge-video': { videoId: string };
  /** Removes what a session left: all that did not become the source, or only what was staged for it. */
  'clean-session': { sessionId: string; stagedOnly?: boolean };
  /** Removes the outputs of an attempt that is not, or no longer, what players get (R6, R14). */
  'sweep-version': { jobId: string };
  /** Looks into storage for one session, because storage said that something arrived there (R22, R11). */
  'check-session': { sessionId: string };
  /** Verifies an HLS set in staging and publishes it as a version (R5). */
  'publish-set': { sessionId: string };
  /** Looks for an archive in storage, and takes it over once it is whole. */
  'check-playlist': { playlistId: string };
  /** Makes one video of each entry of an archive; goes on where it was. */
  'unpack-archive': { playlistId: string };
  /** Tells a playlist's owner when every entry has ended. */
  'announce-playlist': { playlistId: string };
  /** Writes an event down and queues its deliveries. */
  'announce-video': { videoId: string; type: EventType; occurrence: string; standing: VideoStanding };
  /** One attempt to deliver a message to an endpoint. */
  'deliver-webhook': { deliveryId: string };
  /** Removes what nobody needs any more: idempotency keys, counters, grants, locks, old messages, orphans in storage. */
  'sweep-leftovers': Record<string, never>;
  /** Looks for states that nobody moves (R8). */
  reconcile: Record<string, never>;
}

export type JobName = keyof JobPayloads;

export interface EnqueueOptions {
  /** A job with the same key that has not started is replaced. */
  readonly key?: string;
  readonly runAt?: Date;
  readonly maxAttempts?: number;
  /** Smaller runs first; 0 is the default. */
  readonly priority?: number;
}

/** Adds a job inside the transaction of `em`: it exists exactly when that transaction commits. */
export type Enqueue = <N extends JobName>(
  em: EntityManager,
  name: N,
  payload: JobPayloads[N],
  options?: EnqueueOptions,
) => Promise<void>;
