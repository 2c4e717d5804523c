import { isStorageError } from '#providers/storage/storage-errors.ts';
import { type RemoteTranscoderName, TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { readControl } from '../operations/read-control.ts';
import { transaction } from '../transaction.ts';
import { failAttempt } from './end-attempt.ts';
import { failureOf } from './failure-of.ts';
import { LeaseLost, lockHandover } from './fence.ts';
import { adoptSubmission, claimHandover, leaveUnconfirmed, releaseHandover } from './handover.ts';
import { knock } from './knock.ts';
import { type Call, providerAnswered, providerUnavailable, type Turn, takeTurn } from './provider-turn.ts';
import { isRemote, remoteTranscoder } from './remote-transcoder.ts';
import { attemptJobKey } from './start-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { refuseOutOfReach } from './transcoders-in-reach.ts';

type Context = Needs<'em' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

interface Handover {
  readonly job: TranscodeJob;
  readonly provider: RemoteTranscoderName;
  readonly token: string;
  readonly turn: Turn;
  readonly call: Call;
}

/**
 * Hands one attempt to a transcoder that works elsewhere. One that cannot be asked right now costs the attempt nothing: it
 * waits in its place. Safe to run twice and to be killed in the middle (R15).
 *
 * @param handBack fires when this worker is told to stop
 */
export async function submitAttempt(
  context: Context,
  { jobId }: { jobId: string },
  handBack: AbortSignal,
): Promise<void> {
  const { em, log } = context;
  if (handBack.aborted) return putBack(context, jobId);
  if ((await readControl(em.fork())).isPaused) return releaseHandover(em, jobId, null);
  const token = await claimHandover(em, jobId);
  if (token === null) return;
  const job = await em.fork().findOneOrFail(TranscodeJob, { id: jobId });
  const { provider } = job;
  if (!isRemote(provider)) throw new Error(`Attempt ${jobId} is not for a transcoder elsewhere`);
  const turn = await takeTurn(context, provider, 'order');
  if (turn === 'blocked') return releaseHandover(em, jobId, token);
  const handover: Handover = { job, provider, token, turn, call: 'order' };
  let providerJobId: string | null = null;
  try {
    if (turn === 'trial') providerJobId = await knock(context, job);
  } catch (error) {
    return notAccepted(context, { ...handover, call: 'question' }, error);
  }
  try {
    await refuseOutOfReach(context, job.videoId);
    providerJobId ??= await submit(context, handover);
  } catch (error) {
    return notAccepted(context, handover, error);
  }
  await accepted(context, handover, providerJobId);
  log.info({ jobId, videoId: job.videoId, provider, providerJobId }, 'attempt handed over');
}

async function submit({ transcoders }: Context, { job, provider }: Handover): Promise<string> {
  return (await remoteTranscoder(transcoders, provider).submit(job.order())).providerJobId;
}

/** A worker that stops had taken it from the queue: it goes back as it is, a little later than that worker looks. */
function putBack({ em, enqueue, now }: Context, jobId: string): Promise<void> {
  const runAt = new Date(now().getTime() + 1000);
  return transaction(em, (tx) =>
    enqueue(tx, 'submit-transcode', { jobId }, { key: attemptJobKey(jobId), runAt, maxAttempts: 1 }),
  );
}

async function accepted(
  context: Context,
  { job, provider, turn }: Handover,
  providerJobId: string,
): Promise<void> {
  const known = await adoptSubmission(context.em, { jobId: job.id, provider, providerJobId });
  await providerAnswered(context, provider, turn);
  // An attempt that has ended meanwhile keeps the id, and is canceled by it; one that never had this id cannot.
  if (known.providerJobId !== providerJobId)
    await context.transcoders
      .get(provider)
      .cancel(providerJobId)
      .catch((error: unknown) => context.log.warn({ err: error, provider, providerJobId }, 'not canceled'));
}

async function notAccepted(context: Context, handover: Handover, error: unknown): Promise<void> {
  const { em, log } = context;
  const { job, provider, token, turn, call } = handover;
  if (error instanceof TranscoderUnavailable) {
    if (error.maybeAccepted && call === 'order') await leaveUnconfirmed(em, job.id, token);
    else await releaseHandover(em, job.id, token);
    return providerUnavailable(context, provider, { call, turn }, error);
  }
  log.warn({ err: error, jobId: job.id, videoId: job.videoId, provider }, 'attempt not handed over');
  // The order could not even be put together: nobody was asked.
  if (isStorageError(error, 'unavailable')) return releaseHandover(em, job.id, token);
  await providerAnswered(context, provider, turn);
  try {
    await transaction(em, async (tx) => {
      const held = await lockHandover(tx, job.id, token);
      await failAttempt(context, tx, { ...held, ...failureOf(error) });
    });
  } catch (second) {
    if (!(second instanceof LeaseLost)) throw second;
    log.warn({ jobId: job.id, videoId: job.videoId }, second.message);
  }
}
