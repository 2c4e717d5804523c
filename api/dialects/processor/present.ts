import type { z } from '@hono/zod-openapi';
import type { PublishedAsset } from '#domain/playback/current-assets.ts';
import type { VideoView } from '#domain/video/video-view.ts';
import type { ProcessorJob } from './schemas.ts';
import { PROCESSOR_WORDS } from './words.ts';

type Job = z.infer<typeof ProcessorJob>;

/** @param assets what is published of the video; nothing until it is READY */
export function processorJob(video: VideoView, assets: readonly PublishedAsset[]): Job {
  return {
    jobId: video.id,
    status: PROCESSOR_WORDS[video.status],
    title: video.title,
    description: video.description,
    manifestUrl: video.streamUrl,
    renditions: renditions(assets),
    posterUrl: video.posterUrl,
    progress: video.progressPercent,
    error: video.failReason,
    durationSeconds: video.durationSeconds,
    width: video.width,
    height: video.height,
    createdAt: video.createdAt.toISOString(),
    updatedAt: video.updatedAt.toISOString(),
  };
}

/** One entry a quality, whether it has a playlist, an MP4 or both. */
function renditions(assets: readonly PublishedAsset[]): Job['renditions'] {
  const byQuality = new Map<string, Job['renditions'][number]>();
  for (const { type, quality, width, height, url } of assets) {
    if (quality === null || (type !== 'HLS_RENDITION' && type !== 'MP4')) continue;
    const known = byQuality.get(quality) ?? { quality, width, height, playlistUrl: null, url: null };
    byQuality.set(quality, { ...known, ...(type === 'MP4' ? { url } : { playlistUrl: url }) });
  }
  return [...byQuality.values()];
}
