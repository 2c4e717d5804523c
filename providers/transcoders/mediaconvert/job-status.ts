import { GetJobCommand, type Job } from '@aws-sdk/client-mediaconvert';
import type { OutputPlaylists } from '../output-playlists.ts';
import {
  type SubmittedJob,
  TranscodeFailure,
  type TranscodeOrder,
  type TranscodeStatus,
} from '../transcoder.ts';
import { jobFailure } from './job-error-codes.ts';
import { outputNames } from './output-names.ts';
import type { Service } from './service-client.ts';
import { transcodeOutput } from './transcode-output.ts';

/** A job that runs shows less than all, whatever is rounded. */
const RUNNING_PERCENT_MAX = 99;

/** Asks how a job stands. Throws TranscoderUnavailable, and what reading the outputs throws. */
export async function jobStatus(
  service: Service,
  { outputs, mediaBucket }: { readonly outputs: OutputPlaylists; readonly mediaBucket: string },
  { providerJobId, order }: SubmittedJob,
): Promise<TranscodeStatus> {
  const job = await service.call<Job | null>(
    'GetJob',
    async (client, abortSignal) =>
      (await client.send(new GetJobCommand({ Id: providerJobId }), { abortSignal })).Job ?? null,
    { onMissing: () => null },
  );
  if (!job) return { state: 'unknown' };
  switch (job.Status) {
    case 'COMPLETE':
      return finished(job, order, outputs, mediaBucket);
    case 'ERROR':
      return { state: 'failed', error: jobFailure(job.ErrorCode, job.ErrorMessage) };
    case 'CANCELED':
      return { state: 'canceled' };
    default:
      return { state: 'running', progressPercent: percentOf(job) };
  }
}

/** The service knows how far it is for some containers only; 0 says no less. */
function percentOf({ JobPercentComplete }: Job): number {
  return Math.min(RUNNING_PERCENT_MAX, Math.max(0, JobPercentComplete ?? 0));
}

async function finished(
  job: Job,
  order: TranscodeOrder,
  outputs: OutputPlaylists,
  mediaBucket: string,
): Promise<TranscodeStatus> {
  try {
    const names = outputNames(mediaBucket, order.outputPrefix);
    return { state: 'succeeded', output: await transcodeOutput(job, order, names, outputs) };
  } catch (error) {
    if (error instanceof TranscodeFailure) return { state: 'failed', error };
    throw error;
  }
}
