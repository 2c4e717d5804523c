import { mayAct } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { videoNotFound } from '../video/lock-video.ts';
import { Video } from '../video/video.entity.ts';
import { type CostEstimate, estimate } from './estimate.ts';
import type { NetworkName, ViewerRegion } from './prices/delivery.ts';
import { PRICES } from './prices/price-tables.ts';
import type { StoreName } from './prices/storage.ts';
import type { RecordedCost } from './recorded-cost.ts';

/** What a video is expected to cost, and what its current version did cost. */
export interface VideoCost {
  readonly videoId: string;
  readonly source: {
    readonly durationSeconds: number;
    readonly width: number;
    readonly height: number;
    readonly sizeBytes: number;
    readonly hasSound: boolean;
  };
  readonly estimate: CostEstimate;
  /** Null while nothing is published, and of a version that was published before costs were recorded. */
  readonly actual: RecordedCost | null;
  /** Whose storage and network this deployment uses, where their prices are known. */
  readonly used: { readonly store: StoreName | null; readonly network: NetworkName | null };
}

/** Delivery is told for so many views. */
const VIEWS = 1000;

/**
 * The cost of the owner's video: by the transcoder that the newest attempt at its source was given to, and by the others
 * that are set up; of what plays until a file that replaces it was looked at.
 *
 * Throws DomainError `video_not_found`, for a foreign or deleted one too; `source_not_probed` until its source has
 * been looked at, and for a ready-made HLS set, which nobody transcodes.
 */
export async function getCostEstimate(
  { em, actor, transcoders, settings }: Needs<'em' | 'actor' | 'transcoders' | 'settings'>,
  { videoId, viewers }: { videoId: string; viewers: ViewerRegion },
): Promise<VideoCost> {
  const video = await em.findOne(Video, { id: videoId, deletedAt: null });
  if (!video || !mayAct(actor, video.ownerId)) throw videoNotFound(videoId);
  const jobs = await em.find(TranscodeJob, { videoId }, { orderBy: { createdAt: 'desc', id: 'desc' } });
  const playing = jobs.find(({ version }) => version === video.currentVersion);
  // While a new file waits to be looked at, or when it turned out to be none, it is about what plays.
  const newest = jobs.find(({ plan }) => plan.source.key === video.sourceFileKey) ?? playing;
  if (!newest || newest.provider === 'import')
    throw new DomainError('source_not_probed', 'The length and size of this video are not known yet');
  const { plan, provider } = newest;
  const input = {
    plan,
    transcoder: provider,
    alternatives: transcoders.configured.filter((name) => name !== provider),
    sourceBytes: plan.source.sizeBytes,
    views: VIEWS,
    viewers,
  };
  return {
    videoId,
    source: {
      durationSeconds: plan.probe.durationSeconds,
      width: plan.probe.video.displayWidth,
      height: plan.probe.video.displayHeight,
      sizeBytes: plan.source.sizeBytes,
      hasSound: plan.probe.audio !== null,
    },
    estimate: estimate(input, PRICES, settings.cost),
    actual: playing?.cost ?? null,
    used: { store: settings.cost.store, network: settings.cost.network },
  };
}
