import type { Needs } from '../context.ts';
import { refuseUnlessAdmin } from './list-dead-letters.ts';
import { PipelineControl } from './pipeline-control.entity.ts';
import {
  type DeadLetterCount,
  deadLettersByReason,
  type OpenAttempt,
  type OwnerWaiting,
  openAttempts,
  ownersWaiting,
  type ProviderState,
  providerStates,
  type QueueDepth,
  queueDepth,
} from './pipeline-reads.ts';

export interface PipelineView {
  readonly at: Date;
  readonly pausedAt: Date | null;
  readonly reason: string | null;
  readonly maxOpenAttempts: number | null;
  /** The last pause, throttle or resume; null where nobody has given one, or its giver is not known. */
  readonly lastOrder: { readonly by: string; readonly at: Date } | null;
  /** Videos by status; deleted ones are not counted. */
  readonly queue: readonly QueueDepth[];
  /** The oldest first, SHOWN_MAX of them. */
  readonly attempts: readonly OpenAttempt[];
  readonly openAttempts: number;
  /** Attempts whose turn has not come, by owner, the one with the most first. */
  readonly waiting: readonly OwnerWaiting[];
  readonly waitingAttempts: number;
  readonly providers: readonly ProviderState[];
  readonly deadLetters: readonly DeadLetterCount[];
}

/** How the pipeline stands right now, read by a handful of queries. Throws DomainError `forbidden`. */
export async function showPipeline({
  em,
  actor,
  transcoders,
  now,
}: Needs<'em' | 'actor' | 'transcoders' | 'now'>): Promise<PipelineView> {
  refuseUnlessAdmin(actor);
  const read = em.fork();
  const control = await read.findOneOrFail(PipelineControl, { id: 1 });
  const attempts = await openAttempts(read);
  const waiting = await ownersWaiting(read);
  return {
    at: now(),
    pausedAt: control.pausedAt ?? null,
    reason: control.reason ?? null,
    maxOpenAttempts: control.maxOpenAttempts ?? null,
    lastOrder: control.orderedBy == null ? null : { by: control.orderedBy, at: control.updatedAt },
    queue: await queueDepth(read),
    attempts: attempts.shown,
    openAttempts: attempts.total,
    waiting: waiting.shown,
    waitingAttempts: waiting.total,
    providers: await providerStates(read, transcoders.configured),
    deadLetters: await deadLettersByReason(read),
  };
}
