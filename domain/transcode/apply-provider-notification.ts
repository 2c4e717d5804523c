import { isStorageError } from '#providers/storage/storage-errors.ts';
import { type RemoteTranscoderName, TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import { transaction } from '../transaction.ts';
import { type Alongside, type AskContext, askAttempt, type HandedOver, keepProgress } from './ask-attempt.ts';
import { LeaseLost } from './fence.ts';
import { adoptSubmission } from './handover.ts';
import { providerAnswered, providerUnavailable, takeTurn } from './provider-turn.ts';
import type { StoredNotification } from './receive-provider-notification.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { isOpenJob } from './transcode-job-states.ts';

/**
 * Does what a notification hints at: progress is kept; an end has the provider asked, and only its answer counts (R15).
 * An attempt whose provider id was not known yet takes it from here.
 *
 * @param settle marks the event as processed, in the transaction that moves the state
 * @returns what came of it; null when the provider or the storage is away, and the event waits
 */
export async function applyProviderNotification(
  context: AskContext,
  event: { jobId: string; provider: RemoteTranscoderName; body: StoredNotification },
  settle: Alongside,
): Promise<string | null> {
  const { jobId, provider, body } = event;
  const { em, now } = context;
  const known = await adoptSubmission(em, { jobId, provider, providerJobId: body.providerJobId });
  if (known.providerJobId === null) return 'late';
  if (known.providerJobId !== body.providerJobId) return 'refused: the attempt has another job there';
  if (!known.isOpen) return 'late';
  const job = await em.fork().findOne(TranscodeJob, { id: jobId });
  if (!job || !isOpenJob(job.state)) return 'late';
  if (body.kind === 'ended') return askNow(context, job as HandedOver, settle);
  await transaction(em, async (tx) => {
    // Whoever tells of himself need not be asked. One statement: a second one on the same row would have the foreign key
    // checked, which waits for the video, and whoever holds the video waits for this row.
    await keepProgress(tx, jobId, body.progressPercent ?? 0, now());
    await settle(tx, 'progress');
  });
  return 'progress';
}

async function askNow(context: AskContext, job: HandedOver, settle: Alongside): Promise<string | null> {
  const { em, log } = context;
  const turn = await takeTurn(context, job.provider, 'question');
  if (turn === 'blocked') return null;
  let outcome: string | null;
  try {
    outcome = await askAttempt(context, job, settle);
  } catch (error) {
    if (error instanceof TranscoderUnavailable) {
      await providerUnavailable(context, job.provider, { call: 'question', turn }, error);
      return null;
    }
    await providerAnswered(context, job.provider, turn);
    if (error instanceof LeaseLost) return 'late';
    if (!isStorageError(error)) throw error;
    log.warn({ err: error, jobId: job.id, videoId: job.videoId }, 'the outputs cannot be read right now');
    return null;
  }
  await providerAnswered(context, job.provider, turn);
  if (outcome !== 'running') return outcome;
  // Its word and its answer part: the next round asks again.
  await em.fork().execute('update transcode_jobs set asked_at = null where id = ?', [job.id]);
  return 'refused: the transcoder says that it runs';
}
