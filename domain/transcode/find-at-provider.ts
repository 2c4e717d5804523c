import { TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { adoptSubmission } from './handover.ts';
import { providerAnswered, providerUnavailable, takeTurn } from './provider-turn.ts';
import { isRemote, remoteTranscoder } from './remote-transcoder.ts';
import { TranscodeJob } from './transcode-job.entity.ts';

type Context = Needs<'em' | 'transcoders' | 'enqueue' | 'settings' | 'log' | 'now'>;

/**
 * Asks a provider whether it has an attempt whose submission was cut off, and takes its id over (R15). Of no use where the
 * provider knows only ids of its own: then the attempt is submitted anew, under another prefix.
 *
 * @returns false when the provider has no such job, or cannot say; true when the attempt goes on, or has to wait for the
 *   provider's word
 */
export async function findAtProvider(context: Context, jobId: string): Promise<boolean> {
  const { em, transcoders, log } = context;
  const job = await em.fork().findOne(TranscodeJob, { id: jobId });
  if (!job || !isRemote(job.provider)) return false;
  const { provider } = job;
  if (!transcoders.configured.includes(provider)) return true;
  const transcoder = remoteTranscoder(transcoders, provider);
  if (!transcoder.findSubmission) return false;
  const turn = await takeTurn(context, provider, 'question');
  if (turn === 'blocked') return true;
  let providerJobId: string | null;
  try {
    providerJobId = await transcoder.findSubmission(job.order());
  } catch (error) {
    if (error instanceof TranscoderUnavailable)
      await providerUnavailable(context, provider, { call: 'question', turn }, error);
    else {
      log.warn({ err: error, jobId, provider }, 'a submission could not be looked for');
      await providerAnswered(context, provider, turn);
    }
    return true;
  }
  await providerAnswered(context, provider, turn);
  if (providerJobId === null) return false;
  const { isOpen } = await adoptSubmission(em, { jobId, provider, providerJobId });
  log.info(
    { jobId, videoId: job.videoId, provider, providerJobId },
    'a submission was found at its provider',
  );
  return isOpen;
}
