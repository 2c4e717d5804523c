import { defineEntity, p } from '@mikro-orm/core';
import type { TranscodeOrder, TranscoderName, VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { RecordedCost } from '../cost/recorded-cost.ts';
import type { FailReason } from '../fail-reasons.ts';
import { newId } from '../identifiers.ts';
import { type TranscodeJobState, transcodeJobStates } from './transcode-job-states.ts';

/** All of an order but what the row itself says. */
export type TranscodePlan = Omit<TranscodeOrder, 'jobId' | 'videoId' | 'outputPrefix'>;

const TranscodeJobSchema = defineEntity({
  name: 'TranscodeJob',
  tableName: 'transcode_jobs',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    videoId: p.uuid(),
    provider: p.text().$type<VersionMaker>(),
    providerJobId: p.text().nullable(),
    state: p.enum(transcodeJobStates.states as TranscodeJobState[]).default('QUEUED'),
    /** How many attempts of this source failed before this one; handed back and lost ones do not count (R7). */
    failedBefore: p.integer().default(0),
    /** How many attempts before this one the provider has forgotten; one is made up for, uncounted (R8). */
    forgottenBefore: p.integer().default(0),
    /** Which transcoder failed for good before this attempt was given to the fallback; null for the one first chosen. */
    fallbackFrom: p.text().$type<TranscoderName>().nullable(),
    /** The request to transcode again that this attempt serves, so that a request that comes twice makes one version. */
    requestId: p.uuid().nullable(),
    /** When the provider that works elsewhere last answered for it. */
    askedAt: p.datetime(6).nullable(),
    /** Percent, 0 to 100. Lives here so that progress never touches the video (R25). */
    progress: p.decimal('number').columnType('numeric(5,2)').default(0),
    /** Who holds the attempt, and until when (R6). */
    leaseToken: p.uuid().nullable(),
    leaseUntil: p.datetime(6).nullable(),
    /** 128 random bits in the output path; never used again. */
    version: p.text().unique(),
    outputPrefix: p.text().unique(),
    plan: p.json<TranscodePlan>(),
    /** What it cost, by the prices of the day it was published; null before that and of a ready-made set. */
    cost: p.json<RecordedCost>().nullable(),
    failReason: p.text().$type<FailReason>().nullable(),
    failDetail: p.text().nullable(),
    /** Not before this; the wait between a failure and the next attempt. */
    runAt: p.datetime(6),
    /** Smaller goes first: fresh uploads have 0, what operators replay has more. */
    priority: p.integer().default(0),
    /** When its job was queued; null while the owner has too many attempts open (R4). */
    dispatchedAt: p.datetime(6).nullable(),
    startedAt: p.datetime(6).nullable(),
    finishedAt: p.datetime(6).nullable(),
    /** When its outputs may go: it never became current, or was replaced (R14). */
    sweepAt: p.datetime(6).nullable(),
    sweptAt: p.datetime(6).nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
    updatedAt: p
      .datetime(6)
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
  indexes: [
    { name: 'transcode_jobs_video', properties: ['videoId', 'createdAt'] },
    { name: 'transcode_jobs_state', properties: ['state', 'leaseUntil'] },
    { name: 'transcode_jobs_sweep', properties: ['sweptAt', 'sweepAt'] },
  ],
});

export class TranscodeJob extends TranscodeJobSchema.class {
  /** Moves along the transition table. Throws DomainError `illegal_transition`. */
  moveTo(next: TranscodeJobState): void {
    this.state = transcodeJobStates.next(this.state, next);
  }

  /** What the transcoder is asked to make. */
  order(): TranscodeOrder {
    return { ...this.plan, jobId: this.id, videoId: this.videoId, outputPrefix: this.outputPrefix };
  }
}
TranscodeJobSchema.setClass(TranscodeJob);
