import { posix } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ObjectStore, StoredObject } from '#providers/storage/object-store.ts';
import type { Needs } from '../context.ts';
import { newVersion } from '../identifiers.ts';
import { announce } from '../notifications/announce.ts';
import { DeadLetter } from '../operations/dead-letter.entity.ts';
import { posterKey, versionPrefix } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { cancelOpenJob } from '../transcode/cancel-open-job.ts';
import { LeaseLost } from '../transcode/fence.ts';
import { publishVersion } from '../transcode/publish-version.ts';
import { TranscodeJob, type TranscodePlan } from '../transcode/transcode-job.entity.ts';
import { isOpenJob } from '../transcode/transcode-job-states.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import type { Video } from '../video/video.entity.ts';
import { VideoAsset } from '../video/video-asset.entity.ts';
import type { StagedFile } from './check-set.ts';
import type { CompletionClaim } from './completion-claim.ts';
import { eachSetFile } from './each-set-file.ts';
import { enqueueCleaning } from './enqueue-cleaning.ts';
import { lockSessionRow } from './lock-session.ts';
import { HLS_MIME_TYPE, POSTER_PATH, SET_TYPES } from './set-files.ts';
import { outputOfSet, planOfSet, publishedPath } from './set-version.ts';
import type { UploadSession } from './upload-session.entity.ts';
import type { VerifiedSet } from './verify-set.ts';

type Context = Needs<'em' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** The version is in the path, so what stands there never changes. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';

/**
 * Makes a verified set its video's current version. The row of the version comes first, so that its prefix is swept
 * whatever happens; then every file is copied, only while it has the ETag that was verified; then all of it becomes
 * visible in one transaction.
 *
 * Throws LeaseLost when the set is not the caller's any more, StorageError `object_changed` when a file was replaced.
 */
export async function importSet(
  context: Context,
  claim: CompletionClaim,
  set: VerifiedSet,
  stopping: AbortSignal,
): Promise<void> {
  const { storage, metrics, now } = context;
  const { session, token } = claim;
  const startedAt = now().getTime();
  const source = await copyFile(context, storage.sources, [set.masterPath, set.master], session.fileKey);
  const job = await beginVersion(context, claim, planOfSet(set, { key: source.key, etag: source.etag }));
  let poster: { key: string; version: string } | null = null;
  try {
    await eachSetFile(set.staged, async ([path, file]) => {
      stopping.throwIfAborted();
      const key = job.outputPrefix + publishedPath(set, path);
      await copyFile(context, storage.media, [path, file], key);
    });
    poster = await copyPoster(context, session.videoId, set);
    const accepted = { claim, set, source, poster };
    await publishVersion(context, {
      jobId: job.id,
      leaseToken: token,
      output: outputOfSet(set, job.outputPrefix),
      alongside: (tx, { video }) => acceptSet(context, tx, { ...accepted, video }),
    });
  } catch (error) {
    const isDropped = await dropVersion(context, job);
    if (poster && isDropped) await storage.media.deleteMany([poster.key]);
    throw error;
  }
  metrics.stageSeconds('publish', (now().getTime() - startedAt) / 1000);
  metrics.stageSeconds('upload', (startedAt - session.createdAt.getTime()) / 1000);
  metrics.uploadCompleted();
}

/** Server-side, with the type that players expect, whatever the PUT said. */
function copyFile(
  { storage }: Context,
  target: ObjectStore,
  [path, { key: from, etag, sizeBytes }]: readonly [string, StagedFile],
  key: string,
): Promise<StoredObject> {
  const contentType = SET_TYPES[posix.extname(path).slice(1)]?.[0] ?? 'application/octet-stream';
  const source = { bucket: storage.sources.bucket, key: from, etag, sizeBytes };
  return target.copyFrom(source, key, { contentType, cacheControl: CACHE_CONTROL });
}

/** A poster outlives its version, so it gets a place of its own, as one that the probe cuts. */
async function copyPoster(
  context: Context,
  videoId: string,
  { staged }: VerifiedSet,
): Promise<{ key: string; version: string } | null> {
  const file = staged.get(POSTER_PATH);
  if (!file) return null;
  const version = newVersion();
  const key = posterKey(videoId, version);
  await copyFile(context, context.storage.media, [POSTER_PATH, file], key);
  return { key, version };
}

/**
 * A row that runs without a lease: nobody but its claimer takes it to its end, and whoever claims the set after him ends
 * it first. It is never dispatched, since there is nothing that a transcoder could do.
 */
function beginVersion(
  { em, now }: Context,
  claim: CompletionClaim,
  plan: TranscodePlan,
): Promise<TranscodeJob> {
  return transaction(em, async (tx) => {
    const { video } = await lockClaimed(tx, claim);
    await cancelOpenJob(tx, video.id, now());
    await tx.flush();
    const version = newVersion();
    const job = tx.create(TranscodeJob, {
      videoId: video.id,
      provider: 'import',
      plan,
      version,
      outputPrefix: versionPrefix(video.id, version),
      runAt: now(),
      leaseToken: claim.token,
    });
    await tx.flush();
    job.moveTo('RUNNING');
    return job;
  });
}

/** The session is COMPLETED and the video has its source, in the transaction that makes it READY. */
async function acceptSet(
  context: Context,
  tx: EntityManager,
  accepted: {
    claim: CompletionClaim;
    video: Video;
    set: VerifiedSet;
    source: StoredObject;
    poster: { key: string; version: string } | null;
  },
): Promise<void> {
  const { claim, video, set, source, poster } = accepted;
  const { session } = await lockClaimed(tx, claim);
  if (session.status !== 'IN_PROGRESS') {
    session.moveTo('IN_PROGRESS');
    await tx.flush();
  }
  session.moveTo('COMPLETED');
  session.bytesUploaded = set.sizeBytes;
  session.completingUntil = null;
  session.completingToken = null;
  video.sourceFileKey = source.key;
  video.sourceEtag = source.etag;
  video.sourceSizeBytes = set.sizeBytes;
  video.sourceMime = HLS_MIME_TYPE;
  if (poster)
    tx.create(VideoAsset, {
      videoId: video.id,
      version: poster.version,
      type: 'THUMBNAIL',
      container: 'jpg',
      fileKey: poster.key,
      sourceKey: source.key,
    });
  // READY is reached on foot, as the table has it: nobody sees the steps.
  for (const step of ['UPLOADED', 'TRANSCODING'] as const)
    if (video.status !== 'READY') {
      video.moveTo(step);
      await tx.flush();
    }
  await announce(context, tx, { video, type: 'video.upload.completed', occurrence: session.id });
  await tx.nativeUpdate(
    DeadLetter,
    { videoId: video.id, task: 'publish-set', retriedAt: null },
    { retriedAt: context.now() },
  );
  await enqueueCleaning(context, tx, session);
}

/**
 * What was copied goes; unless the row has ended already, by somebody who saw to that.
 *
 * @returns false when the version was published after all: the commit stands, only its answer was lost
 */
function dropVersion({ em, now }: Context, { id, videoId }: TranscodeJob): Promise<boolean> {
  return transaction(em, async (tx) => {
    if (!(await lockVideoRow(tx, videoId))) return true;
    const job = await tx.findOne(TranscodeJob, { id });
    if (job && isOpenJob(job.state)) await cancelOpenJob(tx, videoId, now());
    return job?.state !== 'SUCCEEDED';
  });
}

/**
 * Locks video and session for the one who claimed the set. Throws LeaseLost when he is that no longer, or the video was
 * deleted.
 */
export async function lockClaimed(
  tx: EntityManager,
  { session: { id, videoId }, token }: CompletionClaim,
): Promise<{ video: Video; session: UploadSession }> {
  const video = await lockVideoRow(tx, videoId);
  const session = video && (await lockSessionRow(tx, id));
  if (!video || video.deletedAt || !session?.isLive() || session.completingToken !== token)
    throw new LeaseLost(`The HLS set of session ${id} is not ours any more`);
  return { video, session };
}
