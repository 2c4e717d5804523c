import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { deletePrefix } from '../delete-prefix.ts';
import { WebhookMessage } from '../notifications/webhook-message.entity.ts';
import { DeadLetter } from '../operations/dead-letter.entity.ts';
import { holdWhilePaused, orPutOff } from '../operations/put-off-jobs.ts';
import { removeSources, whileNotPaused } from '../operations/remove-sources.ts';
import { mediaPrefix, sourcePrefix, stagingPrefix } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { cancelLeftovers } from '../transcode/cancel-leftovers.ts';
import { ProviderEvent } from '../transcode/provider-event.entity.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { OPEN_JOB_STATES } from '../transcode/transcode-job-states.ts';
import { abortUpload } from '../upload/abort-upload.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { beginPurge } from './begin-purge.ts';
import { lockVideoRow } from './lock-video.ts';
import { Video } from './video.entity.ts';

/** What a provider that could not be stopped writes after the deletion is gone again so soon. */
const PROVIDER_CHECK_SECONDS = 600;

/**
 * Empties storage and the CDN of a deleted video, again and again until nothing that was signed or submitted before the
 * deletion can write any more; then the row goes (R13). Repeatable; whatever fails is tried again by its job. While the
 * pipeline is paused the CDN is emptied, and the objects stay until the resume.
 */
export async function purgeVideo(
  context: Needs<'em' | 'storage' | 'transcoders' | 'delivery' | 'enqueue' | 'settings' | 'now' | 'log'>,
  { videoId }: { videoId: string },
): Promise<void> {
  const { em, delivery } = context;
  const job = { task: 'purge-video', payload: { videoId }, key: `purge:${videoId}` } as const;
  const isDeleted = async () => (await em.fork().count(Video, { id: videoId, deletedAt: { $ne: null } })) > 0;
  if (await holdWhilePaused(context, { ...job, isWanted: isDeleted })) {
    await cancelLeftovers(context, { videoId });
    if (await isDeleted()) await delivery.invalidate(mediaPrefix(videoId));
    return;
  }
  const deletedAt = await beginPurge(context, videoId);
  if (!deletedAt) return;
  await cancelLeftovers(context, { videoId });
  await orPutOff(context, job, () => empty(context, { videoId, deletedAt }));
}

async function empty(
  context: Parameters<typeof purgeVideo>[0],
  { videoId, deletedAt }: { videoId: string; deletedAt: Date },
): Promise<void> {
  const { em, storage, delivery, log } = context;
  const sessions = await em.fork().find(UploadSession, { videoId });
  for (const session of sessions) await whileNotPaused(context, () => abortUpload(storage.sources, session));
  await removeSources(context, sourcePrefix(videoId));
  await removeSources(context, stagingPrefix(videoId));
  await deletePrefix(storage.media, mediaPrefix(videoId));
  await delivery.invalidate(mediaPrefix(videoId));
  const quietAt = quietFrom(context, deletedAt, sessions);
  const settled = await settle(context, videoId, {
    quietAt,
    providersEndAt: await providersEndAt(em, videoId),
  });
  log.info({ videoId, settled }, 'deleted video purged');
}

/**
 * From when on nothing that was signed before the deletion can write. No signature was given after it; the lease is what
 * a worker that hangs may still believe in.
 */
function quietFrom(
  { settings }: Needs<'settings'>,
  deletedAt: Date,
  sessions: readonly UploadSession[],
): Date {
  const urlTtlSeconds = sessions.map(({ policy }) => policyNamed(settings.policies, policy).urlTtlSeconds);
  const quietSeconds = Math.max(0, ...urlTtlSeconds) + settings.leaseDeadSeconds + 60;
  return new Date(deletedAt.getTime() + quietSeconds * 1000);
}

/** When the last provider that was at work when the video was deleted is done for sure, should it not have heard of it. */
async function providersEndAt(em: EntityManager, videoId: string): Promise<Date | null> {
  const [left] = await em.fork().find(
    TranscodeJob,
    {
      videoId,
      provider: { $nin: ['ffmpeg', 'import'] },
      state: { $in: ['CANCELED', 'LOST'] },
      startedAt: { $ne: null },
    },
    { orderBy: { sweepAt: 'desc nulls last' }, limit: 1 },
  );
  return left?.sweepAt ?? null;
}

/** Removes the row when nothing can write any more, else comes back when that is so. */
function settle(
  { em, enqueue, now }: Needs<'em' | 'enqueue' | 'now'>,
  videoId: string,
  { quietAt, providersEndAt }: { quietAt: Date; providersEndAt: Date | null },
): Promise<boolean> {
  return transaction(em, async (tx) => {
    const video = await lockVideoRow(tx, videoId);
    if (!video) return true;
    const open = await tx.count(TranscodeJob, { videoId, state: { $in: [...OPEN_JOB_STATES] } });
    // A completer that is at it takes away what it made, for which it needs its session's row.
    const completing = await tx.count(UploadSession, { videoId, completingUntil: { $gt: now() } });
    const mayWrite = providersEndAt !== null && now() < providersEndAt;
    if (now() >= quietAt && !mayWrite && open === 0 && completing === 0) {
      await tx.nativeDelete(DeadLetter, { videoId });
      await tx.nativeDelete(ProviderEvent, { videoId });
      // What owners were told of it goes too, deliveries that wait included.
      await tx.nativeDelete(WebhookMessage, { videoId });
      tx.remove(video);
      return true;
    }
    const againSeconds = mayWrite ? PROVIDER_CHECK_SECONDS : 60;
    const runAt = now() >= quietAt ? new Date(now().getTime() + againSeconds * 1000) : quietAt;
    await enqueue(tx, 'purge-video', { videoId }, { key: `purge:${videoId}`, runAt });
    return false;
  });
}
