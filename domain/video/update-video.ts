import type { Needs } from '../context.ts';
import { refuseUnlessMatching } from '../etag.ts';
import { transaction } from '../transaction.ts';
import { lockVideo } from './lock-video.ts';
import { presentVideo } from './present-video.ts';
import { videoEtag } from './video-etag.ts';
import type { VideoView } from './video-view.ts';

export interface UpdateVideo {
  readonly videoId: string;
  readonly title?: string;
  readonly description?: string | null;
  /** The If-Match header as it came. */
  readonly ifMatch?: string;
}

/** Changes what people wrote about a video. Throws DomainError `video_not_found`, `precondition_failed`. */
export function updateVideo(
  { em, actor, delivery }: Needs<'em' | 'actor' | 'delivery'>,
  { videoId, title, description, ifMatch }: UpdateVideo,
): Promise<VideoView> {
  return transaction(em, async (tx) => {
    const video = await lockVideo(tx, videoId, actor);
    const etag = videoEtag({ title: video.title, description: video.description ?? null });
    refuseUnlessMatching(ifMatch, etag, 'video');
    if (title !== undefined) video.title = title;
    if (description !== undefined) video.description = description;
    await tx.flush();
    return presentVideo(delivery, video);
  });
}
