import type { EntityManager } from '@mikro-orm/postgresql';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { closeDeadLetters } from '../operations/close-dead-letters.ts';
import { transaction } from '../transaction.ts';
import { enqueueProbe, isProbeQueued } from '../transcode/enqueue-probe.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { OPEN_JOB_STATES } from '../transcode/transcode-job-states.ts';
import { refuseUnlessInReach } from '../transcode/transcoders-in-reach.ts';
import { getVideo } from './get-video.ts';
import { lockVideo } from './lock-video.ts';
import { presentVideo } from './present-video.ts';
import { refuseIfFoundFaulty, refuseUnlessReadable, refuseUnlessUsable } from './usable-source.ts';
import { Video } from './video.entity.ts';
import type { VideoStatus } from './video-states.ts';
import type { VideoView } from './video-view.ts';

export type AgainContext = Needs<
  'em' | 'actor' | 'storage' | 'storages' | 'transcoders' | 'delivery' | 'enqueue' | 'log' | 'now'
>;

export interface StartAgain {
  readonly videoId: string;
  /** Who is to do it; left out, policy and deployment decide. */
  readonly transcoder?: TranscoderName | undefined;
  /** The states from which this caller starts it. */
  readonly from: readonly VideoStatus[];
  /** When its turn is, and behind whom; at once and in line, left out. */
  readonly turn?: AgainTurn | undefined;
}

export interface AgainTurn {
  readonly runAt: Date;
  /** Smaller goes first; fresh uploads have 0. */
  readonly priority: number;
}

/**
 * Has a video's own source probed and transcoded once more: the one way back into the pipeline, for owners and operators.
 * FAILED becomes TRANSCODING; READY stays, and gets a version. What the first look found is looked at again under lock.
 *
 * Throws DomainError `video_not_found`, `transcoder_unavailable`, `illegal_transition` (another state, or in work
 * already), `source_unavailable`, `source_archived` (its restore is asked for); StorageError.
 */
export async function startAgain(context: AgainContext, input: StartAgain): Promise<VideoView> {
  const { em, actor, delivery, enqueue, now } = context;
  const { videoId, transcoder, turn } = input;
  await getVideo(context, { videoId });
  const standing = await em.fork().findOneOrFail(Video, { id: videoId });
  if (transcoder) refuseUnlessInReach(context, standing.storage, transcoder);
  await refuseUnlessIdle(em.fork(), standing, input.from);
  refuseUnlessUsable(standing);
  if (standing.status === 'READY') await refuseIfFoundFaulty(em.fork(), standing);
  await refuseUnlessReadable(context, standing);
  return transaction(em, async (tx) => {
    const video = await lockVideo(tx, videoId, actor);
    await refuseUnlessIdle(tx, video, input.from);
    const sourceKey = refuseUnlessUsable(video);
    if (sourceKey !== standing.sourceFileKey)
      throw new DomainError('source_unavailable', 'The source was replaced at the same moment; ask again');
    if (video.status !== 'READY') video.moveTo('TRANSCODING');
    await tx.flush();
    await closeDeadLetters(tx, videoId, now());
    await enqueueProbe(tx, enqueue, {
      videoId,
      sourceKey,
      requestId: newId(),
      ...(transcoder && { transcoder }),
      ...turn,
    });
    return presentVideo(delivery, video);
  });
}

/** A version that is being made is waited for: whoever wants another one asks again then. */
async function refuseUnlessIdle(
  em: EntityManager,
  video: Video,
  from: readonly VideoStatus[],
): Promise<void> {
  const members = { machine: 'video', from: video.status, to: 'TRANSCODING' };
  if (!from.includes(video.status))
    throw new DomainError(
      'illegal_transition',
      `Only a video that is ${from.join(' or ')} can be transcoded again; this one is ${video.status}`,
      { members },
    );
  const open = await em.count(TranscodeJob, { videoId: video.id, state: { $in: [...OPEN_JOB_STATES] } });
  // A probe that waits for a video that has failed meanwhile does nothing any more, and is replaced.
  if (open === 0 && !(video.status === 'READY' && (await isProbeQueued(em, video.id)))) return;
  throw new DomainError('illegal_transition', 'A version of this video is being made already', { members });
}
