import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { videoNotFound } from '../video/lock-video.ts';
import { streamUrlOf } from '../video/present-video.ts';
import { readVideoRows } from '../video/video-rows.ts';
import type { WatchView } from '../video/video-view.ts';

/** What whoever has the id of a public video may see. Throws DomainError `video_not_found`. */
export async function watchVideo(
  { em, delivery }: Needs<'em' | 'delivery'>,
  { videoId }: { videoId: string },
): Promise<WatchView> {
  const [video] = await readVideoRows(em, sql`v.id = ${videoId}::uuid and v.playback_policy = 'public'`);
  if (!video || video.deleted) throw videoNotFound(videoId);
  return {
    status: video.status,
    title: video.title,
    posterUrl: video.posterKey == null ? null : delivery.playbackUrl(video.posterKey, video.storage),
    streamUrl: streamUrlOf(delivery, video),
  };
}
