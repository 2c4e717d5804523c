import type { Context } from '#domain/context.ts';
import type { JobName, JobPayloads } from '#domain/jobs.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { applyProviderEvent } from '#domain/transcode/apply-provider-event.ts';
import { probeSource } from '#domain/transcode/probe-source.ts';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { sweepVersion } from '#domain/transcode/sweep-version.ts';
import { cleanSession } from '#domain/upload/clean-session.ts';
import { resumeCompletion } from '#domain/upload/resume-completion.ts';
import { purgeVideo } from '#domain/video/purge-video.ts';

/** Runs one job. `stopping` fires when this worker was told to go. */
export type Task<N extends JobName> = (
  context: Context,
  payload: JobPayloads[N],
  stopping: AbortSignal,
) => Promise<void>;

/** One entry per job of domain/jobs.ts; each calls one verb. Safe to run twice, all of them. */
export const TASKS: { readonly [N in JobName]: Task<N> } = {
  'complete-upload': resumeCompletion,
  'probe-source': probeSource,
  transcode: runAttempt,
  'apply-provider-event': applyProviderEvent,
  'purge-video': purgeVideo,
  'clean-session': cleanSession,
  'sweep-version': sweepVersion,
  reconcile: (context) => reconcile(context),
};
