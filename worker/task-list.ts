import type { Context } from '#domain/context.ts';
import type { JobName, JobPayloads } from '#domain/jobs.ts';
import { deliverWebhook } from '#domain/notifications/deliver-webhook.ts';
import { recordEvent } from '#domain/notifications/record-event.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { sweepLeftovers } from '#domain/operations/sweep-leftovers.ts';
import { announcePlaylist } from '#domain/playlist/announce-playlist.ts';
import { checkPlaylist } from '#domain/playlist/check-playlist.ts';
import { unpackArchive } from '#domain/playlist/unpack-archive.ts';
import { applyProviderEvent } from '#domain/transcode/apply-provider-event.ts';
import { probeSource } from '#domain/transcode/probe-source.ts';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { submitAttempt } from '#domain/transcode/submit-attempt.ts';
import { sweepVersion } from '#domain/transcode/sweep-version.ts';
import { checkSession } from '#domain/upload/check-session.ts';
import { cleanSession } from '#domain/upload/clean-session.ts';
import { publishSet } from '#domain/upload/publish-set.ts';
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
  'submit-transcode': submitAttempt,
  'apply-provider-event': applyProviderEvent,
  'purge-video': purgeVideo,
  'clean-session': cleanSession,
  'sweep-version': sweepVersion,
  'check-session': checkSession,
  'publish-set': publishSet,
  'check-playlist': checkPlaylist,
  'unpack-archive': unpackArchive,
  'announce-playlist': announcePlaylist,
  'announce-video': recordEvent,
  'deliver-webhook': deliverWebhook,
  'sweep-leftovers': (context) => sweepLeftovers(context),
  reconcile: (context) => reconcile(context),
};
