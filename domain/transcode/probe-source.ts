import type { EntityManager } from '@mikro-orm/postgresql';
import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { Needs } from '../context.ts';
import { newVersion } from '../identifiers.ts';
import { announce } from '../notifications/announce.ts';
import { recordDeadLetter } from '../operations/record-dead-letter.ts';
import { posterKey } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { VideoAsset } from '../video/video-asset.entity.ts';
import { cancelOpenJob } from './cancel-open-job.ts';
import { enqueueProbe } from './enqueue-probe.ts';
import { type Inspection, inspectSource } from './inspect-source.ts';
import { planTranscode } from './plan-transcode.ts';
import { showProbe } from './show-probe.ts';
import { startAttempt } from './start-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { OPEN_JOB_STATES } from './transcode-job-states.ts';

type Context = Needs<
  'em' | 'storage' | 'inspector' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'
>;

export interface ProbeSource {
  readonly videoId: string;
  readonly sourceKey: string;
  readonly tryNumber: number;
}

/**
 * Looks at the accepted source, cuts the poster, and starts the first attempt: UPLOADED becomes TRANSCODING, or FAILED
 * with the source's fault. A READY video stays READY and gets its next version. Repeatable: a source that was replaced,
 * or whose attempt is open, is left alone.
 */
export async function probeSource(context: Context, input: ProbeSource, signal: AbortSignal): Promise<void> {
  const { em, settings, metrics, now } = context;
  const startedAt = now().getTime();
  const video = await em.fork().findOne(Video, { id: input.videoId, deletedAt: null });
  if (!video || !isWaiting(video, input.sourceKey)) return;
  if (await isWorkedOn(em.fork(), input)) return;
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
    return tryAgain(context, input, error);
  }
  metrics.stageSeconds('probe', (now().getTime() - startedAt) / 1000);
  if ('rejected' in inspection) return reject(context, input, inspection);
  const poster = await cutPoster(context, input, inspection, signal);
  const begun = await begin(context, input, inspection, poster);
  if (!begun && poster) await context.storage.media.deleteMany([poster.key]);
}

function isWaiting(video: Video, sourceKey: string): boolean {
  return video.sourceFileKey === sourceKey && ['UPLOADED', 'TRANSCODING', 'READY'].includes(video.status);
}

/** True when an attempt transcodes this very source, or has done so: this probe comes twice, or late. */
async function isWorkedOn(em: EntityManager, { videoId, sourceKey }: ProbeSource): Promise<boolean> {
  const state = { $in: [...OPEN_JOB_STATES, 'SUCCEEDED' as const] };
  const attempts = await em.find(TranscodeJob, { videoId, state });
  return attempts.some(({ plan }) => plan.source.key === sourceKey);
}

/** At most two tries, half a minute apart; then the owner is told once. */
async function tryAgain(context: Context, input: ProbeSource, error: unknown): Promise<void> {
  const { em, enqueue, settings, log, now } = context;
  log.warn(
    { err: error, videoId: input.videoId, tryNumber: input.tryNumber },
    'source could not be looked at',
  );
  if (input.tryNumber >= settings.probeAttempts)
    return reject(context, input, { rejected: 'STORAGE_UNAVAILABLE', detail: 'Storage could not be read' });
  const runAt = new Date(now().getTime() + settings.probeRetrySeconds * 1000);
  await transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, input.videoId);
    // A video has one probe in the queue: that of a newer source must not be replaced by this one.
    if (!video || video.deletedAt || !isWaiting(video, input.sourceKey)) return;
    await enqueueProbe(tx, enqueue, { ...input, tryNumber: input.tryNumber + 1, runAt });
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

/** The poster is a courtesy: a source without one plays as well. */
async function cutPoster(
  { inspector, storage, log }: Context,
  { videoId }: ProbeSource,
  { source, probe }: Extract<Inspection, { probe: SourceProbe }>,
  signal: AbortSignal,
): Promise<{ key: string; version: string } | null> {
  try {
    const picture = await inspector.poster(source, probe, { signal });
    const version = newVersion();
    const key = posterKey(videoId, version);
    await storage.media.put(key, picture, {
      contentType: 'image/jpeg',
      sizeBytes: picture.byteLength,
      cacheControl: 'public, max-age=31536000, immutable',
    });
    return { key, version };
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn({ err: error, videoId }, 'no poster could be cut');
    return null;
  }
}

/** False when the source is no longer wanted, or is worked on already. */
function begin(
  context: Context,
  input: ProbeSource,
  { source, probe }: Extract<Inspection, { probe: SourceProbe }>,
  poster: { key: string; version: string } | null,
): Promise<boolean> {
  const { em, transcoders, settings, now } = context;
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, input.videoId);
    if (!video || video.deletedAt || !isWaiting(video, input.sourceKey)) return false;
    if (await isWorkedOn(tx, input)) return false;
    // What is still made of an older source is not wanted any more.
    await cancelOpenJob(tx, video.id, now());
    // A video that plays shows itself as it is until its next version does.
    if (video.status !== 'READY') showProbe(video, probe, poster?.key ?? null);
    if (poster)
      tx.create(VideoAsset, {
        videoId: video.id,
        version: poster.version,
        type: 'THUMBNAIL',
        container: 'jpg',
        fileKey: poster.key,
      });
    if (video.status === 'UPLOADED') video.moveTo('TRANSCODING');
    await tx.flush();
    const plan = planTranscode(source, probe, transcoders.defaultName, settings);
    await startAttempt(context, tx, {
      videoId: video.id,
      provider: transcoders.defaultName,
      plan,
      failedBefore: 0,
    });
    return true;
  });
}
