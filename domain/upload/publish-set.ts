import type { EntityManager } from '@mikro-orm/postgresql';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { recordDeadLetter } from '../operations/record-dead-letter.ts';
import { transaction } from '../transaction.ts';
import { cancelOpenJob } from '../transcode/cancel-open-job.ts';
import { LeaseLost } from '../transcode/fence.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { policyNamed } from './accept-source.ts';
import { endSession } from './cancel-upload.ts';
import { queueSet, stagedSet } from './check-set.ts';
import { type CompletionClaim, keepClaim } from './completion-claim.ts';
import { importSet, lockClaimed } from './import-set.ts';
import { lockSession, lockSessionRow } from './lock-session.ts';
import { UploadSession } from './upload-session.entity.ts';
import { SetFault, verifySet } from './verify-set.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** A set whose files are replaced while it is looked at is looked at again, so often; then at its next event. */
const LOOKS_MAX = 3;
/** While somebody else has the set in hand, it is asked for again after this long: his look may have come too early. */
const BUSY_WAIT_SECONDS = 10;

/**
 * Publishes an HLS set that is whole in staging as its video's next version, without transcoding: verified, copied to a
 * prefix of its own while every file still is what was verified, then READY in one transaction with the session's
 * COMPLETED. A set that is not whole yet is left alone; one that is wrong ends session and video with HLS_SET_INVALID.
 *
 * Claimed as any completion (R10), safe to run twice and to be killed at any point: what was copied belongs to a version
 * that nobody ever sees, and is swept (R6).
 *
 * @param stopping fires when this worker must go: the set waits for another one
 * Throws StorageError; its job tries again.
 */
export async function publishSet(
  context: Context,
  { sessionId }: { sessionId: string },
  stopping: AbortSignal = new AbortController().signal,
): Promise<void> {
  const claim = await claimSet(context, sessionId);
  if (!claim) return;
  const stopKeeping = keepClaim(context, claim);
  try {
    for (let look = 1; look <= LOOKS_MAX; look += 1)
      if ((await lookOnce(context, claim, stopping)) !== 'changed') return;
  } catch (error) {
    if (stopping.aborted)
      await transaction(context.em, (tx) => queueSet(context, tx, { sessionId, waitSeconds: 0 }));
    else if (error instanceof LeaseLost) await endDeleted(context, claim);
    else throw error;
    context.log.info({ err: error, sessionId, stopping: stopping.aborted }, 'an HLS set was left alone');
  } finally {
    stopKeeping();
    await release(context, claim);
  }
}

/** Null when there is nothing to do: the session is over, is none of a set, or somebody has it in hand. */
function claimSet(context: Context, sessionId: string): Promise<CompletionClaim | null> {
  const { em, actor, settings, now } = context;
  return transaction(em, async (tx) => {
    const locked = await lockSession(tx, sessionId, actor).catch((error: unknown) => {
      if (isDomainError(error, 'upload_not_found')) return null;
      throw error;
    });
    if (locked?.session.provider !== 'S3_SET') return null;
    const { session } = locked;
    if (!session.isLive()) return endOrphan(context, tx, session);
    if (session.isCompleting(now())) {
      await queueSet(context, tx, { sessionId, waitSeconds: BUSY_WAIT_SECONDS });
      return null;
    }
    session.completingToken = newId();
    session.completingUntil = new Date(now().getTime() + settings.completionLeaseSeconds * 1000);
    await tx.flush();
    return { session, token: session.completingToken };
  });
}

/** The session ended over a publisher that was killed: what he had copied is swept. */
async function endOrphan({ now }: Context, tx: EntityManager, session: UploadSession): Promise<null> {
  const open = await tx.findOne(TranscodeJob, { videoId: session.videoId, state: 'RUNNING' });
  if (open?.plan.source.key === session.fileKey) await cancelOpenJob(tx, session.videoId, now());
  return null;
}

async function lookOnce(
  context: Context,
  claim: CompletionClaim,
  stopping: AbortSignal,
): Promise<'over' | 'changed'> {
  const { storage, settings, metrics, now } = context;
  const staged = await stagedSet(context, claim.session);
  if (!staged) return 'over';
  const policy = policyNamed(settings.policies, claim.session.policy);
  const startedAt = now().getTime();
  try {
    const set = await verifySet({ sources: storage.sources, staged, policy }, stopping);
    metrics.stageSeconds('verify', (now().getTime() - startedAt) / 1000);
    await importSet(context, claim, set, stopping);
    return 'over';
  } catch (error) {
    if (isStorageError(error, 'object_changed', 'object_not_found')) return 'changed';
    if (!(error instanceof SetFault)) throw error;
    await failSet(context, claim, error);
    return 'over';
  }
}

/** The owner is told by the video's reason, whoever runs the deployment by the dead letter, which says which file. */
async function failSet(context: Context, claim: CompletionClaim, fault: SetFault): Promise<void> {
  const { em, metrics } = context;
  await transaction(em, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    await endSession(context, tx, { ...locked, to: 'FAILED', reason: fault.reason });
    await recordDeadLetter(context, tx, {
      task: 'publish-set',
      payload: { sessionId: claim.session.id },
      videoId: locked.video.id,
      reason: fault.reason,
      detail: fault.message,
    });
  });
  metrics.uploadFailed(fault.reason);
}

/** A deletion leaves a claimed session to its claimer (R10). */
async function endDeleted(context: Context, { session: claimed, token }: CompletionClaim): Promise<void> {
  await transaction(context.em, async (tx) => {
    const video = await lockVideoRow(tx, claimed.videoId);
    const session = await lockSessionRow(tx, claimed.id);
    if (!video?.deletedAt || !session?.isLive() || session.completingToken !== token) return;
    await endSession(context, tx, { video, session, to: 'CANCELED', reason: 'UPLOAD_CANCELED' });
  });
}

async function release({ em, log }: Context, { session, token }: CompletionClaim): Promise<void> {
  await em
    .fork()
    .nativeUpdate(
      UploadSession,
      { id: session.id, completingToken: token },
      { completingToken: null, completingUntil: null },
    )
    .catch((error: unknown) => log.warn({ err: error, sessionId: session.id }, 'claim not given back'));
}
