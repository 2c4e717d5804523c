import { SourceRejected } from '../source-inspector.ts';
import type { Submission, Transcoder, TranscodeStatus } from '../transcoder.ts';
import { TranscodeFailure, type TranscodeOrder, type TranscodeOutput } from '../transcoder.ts';
import { type FfmpegTranscoderOptions, runTranscode } from './transcode-run.ts';

export interface FfmpegTranscoder extends Transcoder {
  readonly name: 'ffmpeg';
  submit(order: TranscodeOrder): Promise<Required<Submission>>;
}

interface Job {
  readonly done: Promise<TranscodeOutput>;
  readonly cancel: AbortController;
  state: TranscodeStatus;
}

/** Finished jobs whose outcome is remembered. */
const REMEMBERED_JOBS = 200;

export const DEFAULT_FFMPEG_SETTINGS = {
  tmpMaxBytes: 512 * 1024 ** 2,
  memoryMaxBytes: 8 * 1024 ** 3,
  stallSeconds: 60,
  maxSecondsPerSourceSecond: 30,
  minTotalSeconds: 600,
  preset: 'veryfast',
  uploadConcurrency: 6,
} as const;

/**
 * Transcodes in this process's own FFmpeg. `submit` resolves when the work has begun; `done` settles with it. What it
 * knows of its jobs dies with the process: the lease of the attempt tells the rest of the system.
 */
export function ffmpegTranscoder(options: FfmpegTranscoderOptions): FfmpegTranscoder {
  const jobs = new Map<string, Job>();

  const start = (order: TranscodeOrder): Job => {
    const cancel = new AbortController();
    const run = runTranscode(order, options, {
      signal: cancel.signal,
      onProgress: (progressPercent) => {
        if (job.state.state === 'running') job.state = { state: 'running', progressPercent };
      },
    });
    const done = run.then(
      (output) => {
        job.state = { state: 'succeeded', output };
        return output;
      },
      (error: unknown) => {
        if (cancel.signal.aborted) {
          job.state = { state: 'canceled' };
          throw cancel.signal.reason;
        }
        const failure = asFailure(error);
        job.state = { state: 'failed', error: failure };
        throw failure;
      },
    );
    done.catch(() => undefined).finally(() => forgetOldest(jobs));
    const job: Job = { done, cancel, state: { state: 'running', progressPercent: 0 } };
    return job;
  };

  return {
    name: 'ffmpeg',
    async submit(order) {
      const job = jobs.get(order.jobId) ?? start(order);
      jobs.set(order.jobId, job);
      return { providerJobId: order.jobId, done: job.done };
    },
    async status({ providerJobId }) {
      return jobs.get(providerJobId)?.state ?? { state: 'unknown' };
    },
    async cancel(providerJobId) {
      const job = jobs.get(providerJobId);
      if (job?.state.state !== 'running') return;
      job.cancel.abort(new DOMException('The transcode was canceled.', 'AbortError'));
      await job.done.catch(() => undefined);
    },
  };
}

function asFailure(error: unknown): TranscodeFailure | SourceRejected {
  if (error instanceof SourceRejected || error instanceof TranscodeFailure) return error;
  return new TranscodeFailure('TRANSCODE_ERROR', 'FFmpeg could not be run for this job.', { cause: error });
}

function forgetOldest(jobs: Map<string, Job>): void {
  const over = [...jobs].filter(([, job]) => job.state.state !== 'running');
  for (const [id] of over.slice(0, Math.max(0, over.length - REMEMBERED_JOBS))) jobs.delete(id);
}
