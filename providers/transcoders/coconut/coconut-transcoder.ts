import type { OutputPlaylists } from '../output-playlists.ts';
import {
  type NotifyingTranscoder,
  type Submission,
  TranscodeFailure,
  type TranscodeOrder,
  TranscoderUnavailable,
  type TranscodeStatus,
} from '../transcoder.ts';
import { callOrThrow } from './answer-errors.ts';
import type { CoconutCall } from './coconut-call.ts';
import { finishedOutput } from './finished-output.ts';
import { readJobReport } from './job-report.ts';
import { inputTtlSeconds, jobRequest } from './job-request.ts';
import { textOf } from './json-members.ts';
import { notificationUrl, provenSubmission } from './notification-secret.ts';
import { type OutputStorage, storageMembers } from './output-storage.ts';
import { readNotification } from './parse-notification.ts';
import { scrubber } from './scrub.ts';

export interface CoconutOptions {
  readonly call: CoconutCall;
  /** Only to keep it out of messages; `call` has its own. */
  readonly apiKey: string;
  readonly storage: OutputStorage;
  /** Where Coconut reaches our webhook. */
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  /** A URL by which Coconut may read a source for so long. */
  presignSource(key: string, urlTtlSeconds: number): Promise<string>;
  readonly playlists: OutputPlaylists;
}

/** Orders that are remembered, so that the same one twice in this process is one job. */
const REMEMBERED_MAX = 1000;

/** What an id of Coconut's may look like. It goes into a path, where `..` would lead elsewhere. */
const JOB_ID = /^[\w-]{1,255}$/;

/**
 * Coconut (coconut.co) as a transcoder: HLS of MPEG-TS segments, whatever segment container is ordered. It takes no id of
 * ours, lists nothing and cannot be told to stop: after an answer that was lost a second job may be paid for, under a
 * prefix of its own, and `cancel` does nothing.
 */
export function coconutTranscoder(options: CoconutOptions): NotifyingTranscoder {
  const { call, playlists, webhookSecret, storage } = options;
  const { accessKeyId, secretAccessKey } = storage.credentials;
  const scrub = scrubber([options.apiKey, accessKeyId, secretAccessKey, webhookSecret]);
  const remembered = new Map<string, Promise<Submission>>();

  async function submitNew(order: TranscodeOrder): Promise<Submission> {
    const job = jobRequest(order, {
      inputUrl: await options.presignSource(order.source.key, inputTtlSeconds(order)),
      notificationUrl: notificationUrl(options.webhookUrl, webhookSecret, order.jobId),
      storage: storageMembers(storage),
    });
    const answer = await callOrThrow(call, { operation: 'create', job }, scrub);
    const providerJobId = textOf(answer?.id);
    if (providerJobId !== null && JOB_ID.test(providerJobId)) return { providerJobId };
    const told = 'Coconut accepted the job without naming it';
    throw new TranscoderUnavailable('transcoder_unreachable', told, { maybeAccepted: true });
  }

  return {
    name: 'coconut',

    submit(order) {
      const known = remembered.get(order.jobId);
      if (known) return known;
      const submission = submitNew(order);
      remembered.set(order.jobId, submission);
      submission.catch(() => remembered.delete(order.jobId));
      const [oldest] = remembered.keys();
      if (remembered.size > REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest);
      return submission;
    },

    async status({ providerJobId, order }): Promise<TranscodeStatus> {
      if (!JOB_ID.test(providerJobId)) return { state: 'unknown' };
      const answer = await callOrThrow(call, { operation: 'retrieve', providerJobId }, scrub);
      if (!answer) return { state: 'unknown' };
      const report = readJobReport(answer, scrub);
      if (report.state !== 'completed') return report;
      try {
        return { state: 'succeeded', output: await finishedOutput(order, playlists) };
      } catch (error) {
        if (error instanceof TranscodeFailure) return { state: 'failed', error };
        throw error;
      }
    },

    /** Coconut documents no way to stop a job: it goes on, under a prefix that is swept. */
    async cancel() {},

    async parseNotification({ url, rawBody }) {
      return readNotification(provenSubmission(webhookSecret, url), rawBody);
    },
  };
}
