import type { EntityManager } from '@mikro-orm/postgresql';
import type { TranscodeOutput } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { recordCost } from '../cost/record-cost.ts';
import { announce } from '../notifications/announce.ts';
import { posterPrefix } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import type { Video } from '../video/video.entity.ts';
import { VideoAsset } from '../video/video-asset.entity.ts';
import { LeaseLost, lockAttempt } from './fence.ts';
import { showProbe } from './show-probe.ts';
import { dispatchWaiting } from './start-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';

type Context = Needs<'em' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

export interface PublishVersion {
  readonly jobId: string;
  /** Null for a provider that works elsewhere. */
  readonly leaseToken: string | null;
  readonly output: TranscodeOutput;
  /** What has to be true exactly when the version is published; runs first, both rows are locked. */
  readonly alongside?: (tx: EntityManager, held: { job: TranscodeJob; video: Video }) => Promise<unknown>;
}

/**
 * Makes an attempt's verified outputs what players get: assets, the master and READY in one transaction, by whoever
 * still holds the attempt. The version before stays playable for its grace, the source before goes (R9, R14).
 *
 * Throws LeaseLost when the attempt is not the caller's any more.
 */
export async function publishVersion(
  context: Context,
  { jobId, leaseToken, output, alongside }: PublishVersion,
): Promise<void> {
  const { em, metrics, log, now } = context;
  const published = await transaction(em, async (tx) => {
    const { job, video } = await lockAttempt(tx, jobId, leaseToken);
    if (video.deletedAt) throw new LeaseLost(`Video ${video.id} was deleted`);
    await alongside?.(tx, { job, video });
    job.moveTo('SUCCEEDED');
    job.progress = 100;
    job.finishedAt = now();
    job.leaseToken = null;
    job.leaseUntil = null;
    await recordCost(context, tx, job);
    const master = createAssets(tx, job, output);
    await tx.flush();
    await retireVersion(context, tx, video);
    showProbe(video, job.plan.probe, null);
    video.posterKey = await posterOf(tx, job);
    video.masterAssetId = master.id;
    video.currentVersion = job.version;
    if (video.status === 'TRANSCODING') video.moveTo('READY');
    await tx.flush();
    await announce(context, tx, { video, type: 'video.asset.ready', occurrence: job.version });
    await dropOldSources(context, tx, video);
    await dispatchWaiting(context, tx);
    return job;
  });
  const { startedAt, createdAt } = published;
  if (startedAt) {
    metrics.stageSeconds('queue', (startedAt.getTime() - createdAt.getTime()) / 1000);
    metrics.stageSeconds('transcode', (now().getTime() - startedAt.getTime()) / 1000);
  }
  metrics.transcodeEnded(published.provider, 'SUCCEEDED');
  log.info({ videoId: published.videoId, jobId, provider: published.provider }, 'version published');
}

function createAssets(tx: EntityManager, job: TranscodeJob, output: TranscodeOutput): VideoAsset {
  const shared = { videoId: job.videoId, version: job.version };
  for (const asset of output.assets)
    tx.create(VideoAsset, {
      ...shared,
      type: asset.type,
      qualityLabel: asset.qualityLabel,
      bandwidth: asset.bandwidthBitsPerSecond,
      width: asset.width,
      height: asset.height,
      codec: asset.codec,
      container: asset.container,
      fileKey: asset.key,
    });
  return tx.create(VideoAsset, {
    ...shared,
    type: 'HLS_MASTER',
    container: 'm3u8',
    fileKey: output.masterKey,
  });
}

/**
 * The newest that was cut of the source that begins to play: it belongs to the video and stays. A transcoder's own only
 * where there is none, and only of the version that begins to play now: it goes with that version, when the next one has
 * chosen anew. Never that of a file before this one.
 */
async function posterOf(tx: EntityManager, { videoId, version, plan }: TranscodeJob): Promise<string | null> {
  const orderBy = { createdAt: 'desc', id: 'desc' } as const;
  const pictures = await tx.find(VideoAsset, { videoId, type: 'THUMBNAIL' }, { orderBy });
  const isCut = ({ fileKey, sourceKey }: VideoAsset) =>
    fileKey.startsWith(posterPrefix(videoId)) && [null, undefined, plan.source.key].includes(sourceKey);
  const shown = pictures.find(isCut) ?? pictures.find((picture) => picture.version === version);
  return shown?.fileKey ?? null;
}

/** Players in the middle of the old version go on: it stays for its grace, at least twice its length (R14). */
async function retireVersion({ settings, now }: Context, tx: EntityManager, video: Video): Promise<void> {
  if (video.currentVersion == null) return;
  const graceSeconds = Math.max(settings.versionGraceSeconds, 2 * (video.durationSeconds ?? 0));
  const sweepAt = new Date(now().getTime() + graceSeconds * 1000);
  await tx.nativeUpdate(TranscodeJob, { version: video.currentVersion }, { sweepAt });
}

async function dropOldSources({ enqueue }: Context, tx: EntityManager, video: Video): Promise<void> {
  if (!video.sourceFileKey) return;
  const replaced = await tx.find(UploadSession, {
    videoId: video.id,
    status: 'COMPLETED',
    fileKey: { $ne: video.sourceFileKey },
  });
  for (const session of replaced) await enqueue(tx, 'clean-session', { sessionId: session.id });
}
