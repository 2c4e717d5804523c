import type { z } from '@hono/zod-openapi';
import type { PublishedAsset } from '#domain/playback/current-assets.ts';
import type { SinglePut } from '#domain/upload/open-single-put.ts';
import type { VideoView } from '#domain/video/video-view.ts';
import type { SignedUrl } from '#providers/storage/object-store.ts';
import type { LearningUploadOpened, LearningVideo } from './schemas.ts';
import { LEARNING_WORDS } from './words.ts';

export function openedUpload(put: SinglePut): z.infer<typeof LearningUploadOpened> {
  return {
    id: put.video.id,
    presignedUrl: put.signed.url,
    key: put.storageKey,
    expiresAt: put.signed.expiresAt.toISOString(),
    headers: put.contentType === null ? {} : { 'Content-Type': put.contentType },
  };
}

/** What `GET /video/{id}` shows, read by three verbs. */
export interface LearningVideoParts {
  /** As the caller's token spells its owner. */
  readonly userId: string;
  readonly video: VideoView;
  readonly source: SignedUrl | null;
  readonly assets: readonly PublishedAsset[];
}

export function learningVideo(parts: LearningVideoParts): z.infer<typeof LearningVideo> {
  const { userId, video, source, assets } = parts;
  const own = {
    id: video.id,
    userId,
    title: video.title,
    status: LEARNING_WORDS[video.status],
    failReason: video.failReason,
    videoUrl: source?.url ?? null,
    captionUrl: assets.find(({ type }) => type === 'CAPTION')?.url ?? null,
    playbackUrl: video.streamUrl,
  };
  // Twice: they come first for people who read, and last so that no metadata can take the place of one.
  return { ...own, ...video.metadata, ...own };
}
