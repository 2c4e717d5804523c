import type { z } from '@hono/zod-openapi';
import type { SinglePut } from '#domain/upload/open-single-put.ts';
import type { VideoView } from '#domain/video/video-view.ts';
import type { CreatedDirectVideo, DirectVideo } from './schemas.ts';
import { DIRECT_WORDS } from './words.ts';

// From the domain's views to this contract's JSON. Each answer has its documented members and no others.

export function createdDirectVideo(put: SinglePut): z.infer<typeof CreatedDirectVideo> {
  return {
    video_id: put.video.id,
    upload_url: put.signed.url,
    storage_key: put.storageKey,
    status: DIRECT_WORDS[put.video.status],
    expires_at: put.signed.expiresAt.toISOString(),
    headers: put.contentType === null ? {} : { 'Content-Type': put.contentType },
  };
}

export function directVideo(video: VideoView): z.infer<typeof DirectVideo> {
  return {
    id: video.id,
    title: video.title,
    description: video.description,
    status: DIRECT_WORDS[video.status],
    playback_url: video.streamUrl,
    thumbnail_url: video.posterUrl,
    fail_reason: video.failReason,
    progress: video.progressPercent,
    duration_seconds: video.durationSeconds,
    width: video.width,
    height: video.height,
    metadata: { ...video.metadata },
    created_at: video.createdAt.toISOString(),
    updated_at: video.updatedAt.toISOString(),
  };
}
