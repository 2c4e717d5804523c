import { TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { isRemote, remoteTranscoder } from './remote-transcoder.ts';
import { TranscodeJob } from './transcode-job.entity.ts';

/**
 * Asks a provider that was away something harmless before it is given an order: an order whose answer is lost may be paid
 * for twice, a question costs nothing. Where there is nothing yet to ask about, nothing is asked.
 *
 * @param job the attempt that is about to be handed over
 * @returns the provider's id of this very attempt, should it have it already
 * Throws TranscoderUnavailable.
 */
export async function knock(
  { em, transcoders, log }: Needs<'em' | 'transcoders' | 'log'>,
  job: TranscodeJob,
): Promise<string | null> {
  const { provider } = job;
  if (!isRemote(provider)) return null;
  const transcoder = remoteTranscoder(transcoders, provider);
  try {
    if (transcoder.findSubmission) return await transcoder.findSubmission(job.order());
    const [last] = await em
      .fork()
      .find(TranscodeJob, { provider, providerJobId: { $ne: null } }, { orderBy: { id: 'desc' }, limit: 1 });
    if (last?.providerJobId)
      await transcoder.status({ providerJobId: last.providerJobId, order: last.order() });
  } catch (error) {
    if (error instanceof TranscoderUnavailable) throw error;
    // It has answered; what cannot be read of an old job is of no interest here.
    log.debug({ err: error, provider }, 'the transcoder answers');
  }
  return null;
}
