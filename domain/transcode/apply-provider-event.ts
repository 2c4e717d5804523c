import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type OutputAsset,
  type TranscodeOutput,
  TranscoderUnavailable,
} from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { FAIL_REASONS, type FailReason } from '../fail-reasons.ts';
import { transaction } from '../transaction.ts';
import { applyProviderNotification } from './apply-provider-notification.ts';
import { failAttempt } from './end-attempt.ts';
import { LeaseLost, lockAttempt } from './fence.ts';
import { ProviderEvent } from './provider-event.entity.ts';
import { providerAnswered, providerUnavailable, takeTurn } from './provider-turn.ts';
import { publishVersion } from './publish-version.ts';
import type { StoredNotification } from './receive-provider-notification.ts';
import type { TranscodeEvent } from './receive-transcode-event.ts';
import { isRemote, remoteTranscoder } from './remote-transcoder.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { OPEN_JOB_STATES } from './transcode-job-states.ts';
import { verifyOutput } from './verify-output.ts';

type Context = Needs<
  'em' | 'storage' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'
>;

/**
 * Applies one event of the inbox. An event is a hint: READY counts when storage holds the whole output of that very
 * attempt, FAILED when the transcoder does not say that it still runs, and a transcoder's own notification when it says
 * the same when asked. A late event, and one about somebody else's objects, moves nothing. Repeatable; an event whose
 * transcoder is away stays in the inbox.
 */
export async function applyProviderEvent(context: Context, { eventId }: { eventId: string }): Promise<void> {
  const { em, log, now } = context;
  const event = await em.fork().findOne(ProviderEvent, { id: eventId, processedAt: null });
  if (!event?.videoId) return;
  const settle: Settle = (tx, outcome) =>
    tx.nativeUpdate(ProviderEvent, { id: eventId, processedAt: null }, { processedAt: now(), outcome });
  const outcome = await outcomeOf(context, event, event.videoId, settle);
  if (outcome === null) return;
  await settle(em.fork(), outcome);
  log.info({ eventId, videoId: event.videoId, jobId: event.jobId, outcome }, 'provider event applied');
}

/** Marks the event as processed: in the transaction that moves the state, so that a crash cannot part the two (R15). */
type Settle = (tx: EntityManager, outcome: string) => Promise<unknown>;

/** Null: nothing can be said now, the event waits. */
async function outcomeOf(
  context: Context,
  { provider, jobId, body }: ProviderEvent,
  videoId: string,
  settle: Settle,
): Promise<string | null> {
  if (provider === 'coconut' || provider === 'mediaconvert') {
    const stored = body as unknown as StoredNotification;
    return applyProviderNotification(context, { jobId: jobId ?? '', provider, body: stored }, settle);
  }
  const job = await openJobOf(context.em.fork(), videoId, jobId ?? null);
  return job ? apply(context, job, body as unknown as TranscodeEvent, settle) : 'late';
}

/** What was never dispatched, no transcoder can know of: it waits for its owner's turn, or takes over a ready-made set. */
function openJobOf(em: EntityManager, videoId: string, jobId: string | null): Promise<TranscodeJob | null> {
  return em.findOne(TranscodeJob, {
    videoId,
    state: { $in: [...OPEN_JOB_STATES] },
    dispatchedAt: { $ne: null },
    ...(jobId !== null && { id: jobId }),
  });
}

async function apply(
  context: Context,
  job: TranscodeJob,
  body: TranscodeEvent,
  settle: Settle,
): Promise<string | null> {
  try {
    return body.status === 'READY'
      ? await applyReady(context, job, body, settle)
      : await applyFailed(context, job, body, settle);
  } catch (error) {
    if (error instanceof LeaseLost) return 'late';
    if (isDomainError(error, 'output_incomplete')) return `refused: ${error.message}`;
    throw error;
  }
}

async function applyReady(
  context: Context,
  job: TranscodeJob,
  body: TranscodeEvent,
  settle: Settle,
): Promise<string> {
  const assets = body.assets ?? [];
  const foreign = assets.find((asset) => !asset.fileKey.startsWith(job.outputPrefix));
  if (foreign) return `refused: ${foreign.fileKey} lies outside the attempt's prefix`;
  const master = assets.find((asset) => asset.type === 'HLS_MASTER');
  if (!master) return 'refused: no HLS_MASTER';
  const renditions = assets.filter((asset) => asset.type === 'HLS_RENDITION');
  if (new Set(renditions.map((asset) => asset.quality)).size < renditions.length)
    return 'refused: two renditions of one quality';
  const output: TranscodeOutput = {
    masterKey: master.fileKey,
    durationSeconds: job.plan.probe.durationSeconds,
    assets: renditions.map((asset) => renditionOf(job, asset)),
  };
  await verifyOutput(context, job.order(), output, job.provider);
  const alongside = (tx: EntityManager) => settle(tx, 'published');
  await publishVersion(context, { jobId: job.id, leaseToken: null, output, alongside });
  return 'published';
}

function renditionOf(job: TranscodeJob, asset: NonNullable<TranscodeEvent['assets']>[number]): OutputAsset {
  const rung = job.plan.ladder.find((rendition) => rendition.label === asset.quality);
  return {
    type: 'HLS_RENDITION',
    qualityLabel: asset.quality ?? 'unnamed',
    key: asset.fileKey,
    bandwidthBitsPerSecond: asset.bandwidth ?? null,
    width: rung?.width ?? null,
    height: rung?.height ?? null,
    codec: null,
    container: 'm3u8',
  };
}

async function applyFailed(
  context: Context,
  job: TranscodeJob,
  body: TranscodeEvent,
  settle: Settle,
): Promise<string | null> {
  const runs = await stillRuns(context, job);
  if (runs === null) return null;
  if (runs) return 'refused: the transcoder says that it runs';
  const known = FAIL_REASONS.find((reason) => reason === body.failReason);
  const reason: FailReason = known ?? 'TRANSCODE_ERROR';
  await transaction(context.em, async (tx) => {
    const held = await lockAttempt(tx, job.id, null);
    await failAttempt(context, tx, { ...held, reason, detail: 'The transcoder reported a failure' });
    await settle(tx, 'failed');
  });
  return 'failed';
}

/** A live lease is a worker that runs it; otherwise the transcoder is asked. Null: it cannot be asked now. */
async function stillRuns(context: Context, job: TranscodeJob): Promise<boolean | null> {
  const { transcoders, now } = context;
  const { provider, providerJobId } = job;
  if (job.leaseUntil && job.leaseUntil > now()) return true;
  if (!providerJobId || !isRemote(provider)) return false;
  const turn = await takeTurn(context, provider, 'question');
  if (turn === 'blocked') return null;
  try {
    const status = await remoteTranscoder(transcoders, provider).status({
      providerJobId,
      order: job.order(),
    });
    await providerAnswered(context, provider, turn);
    return status.state === 'running';
  } catch (error) {
    if (!(error instanceof TranscoderUnavailable)) throw error;
    await providerUnavailable(context, provider, { call: 'question', turn }, error);
    return null;
  }
}
