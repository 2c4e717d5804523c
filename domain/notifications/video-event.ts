import { masterKey } from '../storage-keys.ts';
import type { MediaDelivery } from '../storages.ts';
import type { Video } from '../video/video.entity.ts';
import type { VideoStanding } from './video-standing.ts';

/** Of 20 kB, which receivers may expect a body to stay below (Standard Webhooks 1.0, "Payload size"). */
const METADATA_MAX_BYTES = 8 * 1024;

/**
 * What an event tells of a video. Status, reason, version and stream are those of the event, so they fit its type however
 * late it is told; title, poster, length and metadata are those of now, and what is true now is at GET.
 */
export function videoEventData(
  delivery: MediaDelivery,
  video: Pick<Video, 'id' | 'title' | 'posterKey' | 'durationSeconds' | 'metadata' | 'createdAt' | 'storage'>,
  { status, failReason, version }: VideoStanding,
): Record<string, unknown> {
  const playable = status === 'READY' && version !== null;
  const metadataBytes = Buffer.byteLength(JSON.stringify(video.metadata));
  return {
    id: video.id,
    title: video.title,
    status,
    failReason,
    version: playable ? version : null,
    streamUrl: playable ? delivery.playbackUrl(masterKey(video.id, version), video.storage) : null,
    posterUrl: video.posterKey == null ? null : delivery.playbackUrl(video.posterKey, video.storage),
    durationSeconds: video.durationSeconds ?? null,
    // Too much for an event is left out whole: half an object would be a lie.
    metadata: metadataBytes <= METADATA_MAX_BYTES ? video.metadata : null,
    createdAt: video.createdAt.toISOString(),
  };
}
