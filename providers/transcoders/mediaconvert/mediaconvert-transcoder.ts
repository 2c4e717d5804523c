import { CancelJobCommand, CreateJobCommand } from '@aws-sdk/client-mediaconvert';
import type { OutputPlaylists } from '../output-playlists.ts';
import { type NotifyingTranscoder, type TranscodeOrder, TranscoderUnavailable } from '../transcoder.ts';
import { findSubmission } from './find-submission.ts';
import { type JobPlace, jobRequest } from './job-request.ts';
import { jobStatus } from './job-status.ts';
import { readNotification } from './notification.ts';
import { mediaConvertService, type Service, type ServiceOptions } from './service-client.ts';
import { rememberedSubmissions } from './submissions.ts';

export interface MediaConvertOptions extends ServiceOptions, JobPlace {
  readonly outputs: OutputPlaylists;
  /** What EventBridge sends with each event. Left out: every notification is rejected. */
  readonly webhookSecret?: string | undefined;
}

/** AWS Elemental MediaConvert behind the transcoder port. Opens nothing yet: the first call connects. */
export function mediaConvertTranscoder(
  options: MediaConvertOptions,
): NotifyingTranscoder & Required<Pick<NotifyingTranscoder, 'findSubmission'>> {
  const service = mediaConvertService(options);
  const submissions = rememberedSubmissions();
  return {
    name: 'mediaconvert',
    async submit(order) {
      const providerJobId = await submissions.once(order.jobId, () => createJob(service, order, options));
      return { providerJobId };
    },
    status: (job) => jobStatus(service, options, job),
    cancel: (providerJobId) => cancelJob(service, providerJobId),
    findSubmission: (order) => findSubmission(service, options.queueArn, order),
    parseNotification: async (request) => readNotification(request, options),
  };
}

async function createJob(service: Service, order: TranscodeOrder, place: JobPlace): Promise<string> {
  const request = jobRequest(order, place);
  const { Job } = await service.call('CreateJob', (client, abortSignal) =>
    client.send(new CreateJobCommand(request), { abortSignal }),
  );
  if (Job?.Id !== undefined) return Job.Id;
  const detail = 'MediaConvert answered CreateJob without a job';
  throw new TranscoderUnavailable('transcoder_unreachable', detail, { maybeAccepted: true });
}

/** A job that is over answers with a conflict, one that was forgotten is missing: neither has to be canceled. */
async function cancelJob(service: Service, providerJobId: string): Promise<void> {
  await service.call<unknown>(
    'CancelJob',
    (client, abortSignal) => client.send(new CancelJobCommand({ Id: providerJobId }), { abortSignal }),
    { onMissing: () => null, onConflict: () => null },
  );
}
