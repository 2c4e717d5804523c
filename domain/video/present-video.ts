import type { FailReason } from '../fail-reasons.ts';
import { masterKey } from '../storage-keys.ts';
import type { MediaDelivery } from '../storages.ts';
import { videoEtag } from './video-etag.ts';
import type { VideoStatus } from './video-states.ts';
import type { VideoView } from './video-view.ts';

/** The columns of `videos`, and the progress of its open attempt, that a view is made of. */
export interface VideoRow {
  readonly id: string;
  readonly ownerId: string;
  readonly title: string;
  readonly description?: string | null | undefined;
  readonly sourceMime?: string | null | undefined;
  readonly sourceSizeBytes?: number | null | undefined;
  readonly status: VideoStatus;
  readonly failReason?: FailReason | null | undefined;
  readonly currentVersion?: string | null | undefined;
  readonly posterKey?: string | null | undefined;
  /** The identity of the storage that it lives in. */
  readonly storage?: string | null | undefined;
  readonly durationSeconds?: number | null | undefined;
  readonly width?: number | null | undefined;
  readonly height?: number | null | undefined;
  readonly createdVia: string;
  readonly metadata: Record<string, unknown>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The address players get, or null: only READY has one. */
export function streamUrlOf(
  delivery: MediaDelivery,
  video: Pick<VideoRow, 'id' | 'status' | 'currentVersion' | 'storage'>,
): string | null {
  if (video.status !== 'READY' || video.currentVersion == null) return null;
  return delivery.playbackUrl(masterKey(video.id, video.currentVersion), video.storage);
}

/** @param progressPercent of the video's open attempt, null when there is none */
export function presentVideo(
  delivery: MediaDelivery,
  video: VideoRow,
  progressPercent: number | null = null,
): VideoView {
  const description = video.description ?? null;
  return {
    id: video.id,
    ownerId: video.ownerId,
    title: video.title,
    description,
    sourceMime: video.sourceMime ?? null,
    sourceSizeBytes: video.sourceSizeBytes ?? null,
    status: video.status,
    failReason: video.failReason ?? null,
    streamUrl: streamUrlOf(delivery, video),
    posterUrl: video.posterKey == null ? null : delivery.playbackUrl(video.posterKey, video.storage),
    progressPercent: video.status === 'TRANSCODING' ? (progressPercent ?? 0) : null,
    durationSeconds: video.durationSeconds ?? null,
    width: video.width ?? null,
    height: video.height ?? null,
    createdVia: video.createdVia,
    metadata: video.metadata,
    createdAt: video.createdAt,
    updatedAt: video.updatedAt,
    etag: videoEtag({ title: video.title, description }),
  };
}
