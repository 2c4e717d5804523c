import type { EntityManager } from '@mikro-orm/postgresql';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { Needs } from '../context.ts';
import type { JobPayloads } from '../jobs.ts';
import { announce } from '../notifications/announce.ts';
import { holdWhilePaused } from '../operations/put-off-jobs.ts';
import { recordDeadLetter } from '../operations/record-dead-letter.ts';
import { transaction } from '../transaction.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { VideoAsset } from '../video/video-asset.entity.ts';
import { cancelOpenJob } from './cancel-open-job.ts';
import { chooseTranscoder } from './choose-transcoder.ts';
import { type CutPoster, cutPoster } from './cut-poster.ts';
import { enqueueProbe, probeJobKey } from './enqueue-probe.ts';
import { type Inspection, inspectSource } from './inspect-source.ts';
import { planTranscode } from './plan-transcode.ts';
import { RESTORE_LOOK_SECONDS, restoreSource } from './restore-source.ts';
import { showProbe } from './show-probe.ts';
import { startAttempt } from './start-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { OPEN_JOB_STATES } from './transcode-job-states.ts';
import { transcodersInReach } from './transcoders-in-reach.ts';

type Context = Needs<
  | 'em'
  | 'storage'
  | 'storages'
  | 'inspector'
  | 'transcoders'
  | 'enqueue'
  | 'settings'
  | 'metrics'
  | 'log'
  | 'now'
>;

export type ProbeSource = Readonly<JobPayloads['probe-source']>;

/**
 * Looks at the accepted source, cuts the poster, and starts the first attempt: UPLOADED becomes TRANSCODING, or FAILED
 * with the source's fault. A READY video stays READY and gets its next version. Repeatable: a source that was replaced,
 * whose attempt is open, or that was transcoded and of which nobody asked for more, is left alone.
 */
export async function probeSource(context: Context, input: ProbeSource, signal: AbortSignal): Promise<void> {
  const { em, settings, metrics, now } = context;
  const startedAt = now().getTime();
  const video = await em.fork().findOne(Video, { id: input.videoId, deletedAt: null });
  if (!video || !isWaiting(video, input.sourceKey)) return;
  if (await isWorkedOn(em.fork(), input)) return;
  if (await isPaused(context, input)) return;
  let inspection: Inspection;
  try {
    inspection = await inspectSource(
      context,
      { key: input.sourceKey, etag: video.sourceEtag ?? '', sizeBytes: video.sourceSizeBytes ?? 0 },
      policyNamed(settings.policies, video.policy),
      signal,
    );
  } catch (error) {
    if (signal.aborted) throw error;
    if (isStorageError(error, 'object_archived')) return waitForRestore(context, input);
    return tryAgain(context, input, error);
  }
  metrics.stageSeconds('probe', (now().getTime() - startedAt) / 1000);
  if ('rejected' in inspection) return reject(context, input, inspection);
  const poster = await cutPoster(context, video.id, inspection, signal);
  const begun = await begin(context, input, inspection, poster);
  if (!begun && poster) await context.storage.media.deleteMany([poster.key]);
}

/** While the pipeline is paused no source is looked at: the probe waits for the resume. */
function isPaused(context: Context, input: ProbeSource): Promise<boolean> {
  const isWanted = async (tx: EntityManager) => {
    const video = await lockVideoRow(tx, input.videoId);
    // A probe of a newer source, which has the same key, must not be replaced by this one.
    return video !== null && !video.deletedAt && isWaiting(video, input.sourceKey);
  };
  const key = probeJobKey(input.videoId);
  return holdWhilePaused(context, { task: 'probe-source', payload: input, key, isWanted });
}

function isWaiting(video: Video, sourceKey: string): boolean {
  return video.sourceFileKey === sourceKey && ['UPLOADED', 'TRANSCODING', 'READY'].includes(video.status);
}

/**
 * True when this probe comes twice, or late: an attempt transcodes this very source, or has done what was asked for. A
 * request to transcode again is met by the attempt that carries its id, however that ended.
 */
async function isWorkedOn(em: EntityManager, input: ProbeSource): Promise<boolean> {
  const { videoId, sourceKey, requestId } = input;
  const met = requestId === undefined ? { state: 'SUCCEEDED' as const } : { requestId };
  const open = { state: { $in: [...OPEN_JOB_STATES] } };
  const attempts = await em.find(TranscodeJob, { videoId, $or: [open, met] });
  return attempts.some(({ plan }) => plan.source.key === sourceKey);
}

/**
 * A probe that was delayed for so long that the source lies in an archive: it is asked for, and looked at again until it
 * is there. That takes hours and none of the tries.
 */
async function waitForRestore(context: Context, input: ProbeSource): Promise<void> {
  const { storage, log, now } = context;
  try {
    const archive = await restoreSource(storage.sources, input.sourceKey);
    log.warn({ videoId: input.videoId, archive }, 'the source is archived; waiting until it is restored');
  } catch (error) {
    return tryAgain(context, input, error);
  }
  const runAt = new Date(now().getTime() + RESTORE_LOOK_SECONDS * 1000);
  await comeBack(context, { ...input, runAt });
}

/** At most two tries, half a minute apart; then the owner is told once. */
async function tryAgain(context: Context, input: ProbeSource, error: unknown): Promise<void> {
  const { settings, log, now } = context;
  log.warn(
    { err: error, videoId: input.videoId, tryNumber: input.tryNumber },
    'source could not be looked at',
  );
  if (input.tryNumber >= settings.probeAttempts)
    return reject(context, input, {
      rejected: 'STORAGE_UNAVAILABLE',
      detail: isStorageError(error) ? error.message : 'Storage could not be read',
    });
  const runAt = new Date(now().getTime() + settings.probeRetrySeconds * 1000);
  await comeBack(context, { ...input, tryNumber: input.tryNumber + 1, runAt });
}

function comeBack(
  { em, enqueue }: Pick<Context, 'em' | 'enqueue'>,
  probe: ProbeSource & { readonly runAt: Date },
): Promise<void> {
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, probe.videoId);
    // A video has one probe in the queue: that of a newer source must not be replaced by this one.
    if (!video || video.deletedAt || !isWaiting(video, probe.sourceKey)) return;
    await enqueueProbe(tx, enqueue, probe);
  });
}

async function reject(
  context: Context,
  input: ProbeSource,
  { rejected, detail }: Extract<Inspection, { rejected: unknown }>,
): Promise<void> {
  await transaction(context.em, async (tx) => {
    const video = await lockVideoRow(tx, input.videoId);
    if (!video || video.deletedAt || !isWaiting(video, input.sourceKey)) return;
    // A version that cannot be made leaves the one that plays alone (R12).
    if (video.status !== 'READY') {
      video.moveTo('FAILED', rejected);
      await announce(context, tx, { video, type: 'video.asset.errored', occurrence: input.sourceKey });
    }
    await recordDeadLetter(context, tx, {
      task: 'probe-source',
      payload: { ...input, tryNumber: 1 },
      videoId: video.id,
      reason: rejected,
      detail,
    });
  });
  context.metrics.uploadFailed(rejected);
}

/** False when the source is no longer wanted, or is worked on already. */
function begin(
  context: Context,
  input: ProbeSource,
  { source, probe }: Extract<Inspection, { probe: SourceProbe }>,
  poster: CutPoster | null,
): Promise<boolean> {
  const { em, settings, now } = context;
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, input.videoId);
    if (!video || video.deletedAt || !isWaiting(video, input.sourceKey)) return false;
    if (await isWorkedOn(tx, input)) return false;
    // What is still made of an older source is not wanted any more.
    await cancelOpenJob(tx, video.id, now());
    // A new file after one that failed: its picture goes with it.
    if (video.status === 'UPLOADED') video.posterKey = null;
    // A video that plays shows itself as it is until its next version does.
    if (video.status !== 'READY') showProbe(video, probe, poster?.key ?? null);
    if (poster)
      tx.create(VideoAsset, {
        videoId: video.id,
        version: poster.version,
        type: 'THUMBNAIL',
        container: 'jpg',
        fileKey: poster.key,
        sourceKey: input.sourceKey,
      });
    if (video.status === 'UPLOADED') video.moveTo('TRANSCODING');
    await tx.flush();
    const provider = chooseTranscoder(transcodersInReach(context, video.storage), {
      requested: input.transcoder,
      policy: policyNamed(settings.policies, video.policy).transcoder,
    });
    await startAttempt(context, tx, {
      videoId: video.id,
      provider,
      plan: planTranscode(source, probe, provider, settings),
      failedBefore: 0,
      ...(input.requestId && { requestId: input.requestId }),
      priority: input.priority ?? 0,
    });
    return true;
  });
}
