import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import {
  NotificationMalformed,
  NotificationRejected,
  type NotificationRequest,
  type NotifyingTranscoder,
  type ProviderNotification,
  type RemoteTranscoderName,
  type Submission,
  type SubmittedJob,
  type TranscodeFailure,
  type TranscodeOrder,
  TranscoderUnavailable,
  type TranscodeStatus,
} from '#providers/transcoders/transcoder.ts';
import { writeOutput } from './scripted-media.ts';

interface RemoteJob {
  readonly id: string;
  readonly order: TranscodeOrder;
  status: TranscodeStatus;
}

/** What the scripted provider's webhook requests show that they are its own. */
export const REMOTE_SECRET = 'of the provider';

/** A transcoder elsewhere, as the test wants it: it keeps jobs as a real one does, and can be away, deaf or forgetful. */
export class ScriptedRemote implements NotifyingTranscoder {
  readonly name: RemoteTranscoderName;
  media: ObjectStore | undefined;
  readonly jobs: RemoteJob[] = [];
  /** Every call that was tried, in order. */
  readonly calls: ('submit' | 'status' | 'cancel' | 'find')[] = [];
  readonly canceled: string[] = [];
  /** Thrown by every call as long as it is set. */
  outage: Error | null = null;
  /** What the next submissions throw, one each, before anything is accepted. */
  readonly refusals: Error[] = [];
  /** The next submissions are accepted, and nobody hears so. */
  lostAnswers = 0;
  /** Runs in the middle of a submission, after the job was accepted. */
  whileSubmitting: (job: RemoteJob) => Promise<void> = async () => undefined;
  /** Runs when a call has been carried out, before anybody hears so. */
  beforeAnswer: (call: 'submit' | 'status' | 'find') => Promise<void> = async () => undefined;
  /** Only a provider that can be asked by our own id has it. */
  findSubmission?: (order: TranscodeOrder) => Promise<string | null>;

  constructor(name: RemoteTranscoderName) {
    this.name = name;
    if (name === 'mediaconvert') this.findSubmission = (order) => this.#find(order);
  }

  async submit(order: TranscodeOrder): Promise<Submission> {
    this.#called('submit');
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    const job: RemoteJob = {
      id: `${this.name}-${this.jobs.length + 1}`,
      order,
      status: { state: 'running', progressPercent: 0 },
    };
    this.jobs.push(job);
    await this.whileSubmitting(job);
    await this.beforeAnswer('submit');
    if (this.lostAnswers > 0) {
      this.lostAnswers -= 1;
      throw new TranscoderUnavailable('transcoder_unreachable', 'no answer', { maybeAccepted: true });
    }
    return { providerJobId: job.id };
  }

  async status({ providerJobId }: SubmittedJob): Promise<TranscodeStatus> {
    this.#called('status');
    await this.beforeAnswer('status');
    return this.jobs.find(({ id }) => id === providerJobId)?.status ?? { state: 'unknown' };
  }

  async cancel(providerJobId: string): Promise<void> {
    this.#called('cancel');
    this.canceled.push(providerJobId);
    const job = this.jobs.find(({ id }) => id === providerJobId);
    if (job?.status.state === 'running') job.status = { state: 'canceled' };
  }

  async #find({ jobId }: TranscodeOrder): Promise<string | null> {
    this.#called('find');
    await this.beforeAnswer('find');
    return this.jobs.find(({ order }) => order.jobId === jobId)?.id ?? null;
  }

  #called(call: 'submit' | 'status' | 'cancel' | 'find'): void {
    this.calls.push(call);
    if (this.outage) throw this.outage;
  }

  async parseNotification({ headers, rawBody }: NotificationRequest): Promise<ProviderNotification | null> {
    if (headers.get('x-remote-secret') !== REMOTE_SECRET) throw new NotificationRejected('not of ours');
    let body: unknown;
    try {
      body = JSON.parse(rawBody);
    } catch (cause) {
      throw new NotificationMalformed('not JSON', { cause });
    }
    if (typeof body !== 'object' || body === null) throw new NotificationMalformed('not an object');
    return 'jobId' in body ? (body as ProviderNotification) : null;
  }

  /** The one job of an attempt. */
  jobOf(attemptId: string): RemoteJob {
    const job = this.jobs.findLast(({ order }) => order.jobId === attemptId);
    if (!job) throw new Error(`${this.name} was not given attempt ${attemptId}`);
    return job;
  }

  /** Ends a job well, with all its outputs in storage. */
  async finish(job: RemoteJob): Promise<void> {
    if (!this.media) throw new Error('The stage is not open');
    job.status = { state: 'succeeded', output: await writeOutput(this.media, job.order) };
  }

  fail(job: RemoteJob, error: TranscodeFailure | SourceRejected): void {
    job.status = { state: 'failed', error };
  }

  forget(job: RemoteJob): void {
    this.jobs.splice(this.jobs.indexOf(job), 1, { ...job, id: 'forgotten' });
  }

  reset(): void {
    for (const list of [this.jobs, this.calls, this.canceled, this.refusals]) list.length = 0;
    this.outage = null;
    this.lostAnswers = 0;
    this.whileSubmitting = async () => undefined;
  }
}

/** A webhook request of the scripted provider. */
export function notification(
  body: Omit<ProviderNotification, 'eventId' | 'progressPercent'> & Partial<ProviderNotification>,
): NotificationRequest {
  const whole: ProviderNotification = { eventId: null, progressPercent: null, ...body };
  return {
    url: new URL('http://localhost:4000/webhooks/x?secret=never-in-a-log'),
    headers: new Headers({ 'x-remote-secret': REMOTE_SECRET }),
    rawBody: JSON.stringify(whole),
  };
}
