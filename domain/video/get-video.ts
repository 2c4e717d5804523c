import { sql } from 'kysely';
import { mayAct } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { videoNotFound } from './lock-video.ts';
import { presentVideo } from './present-video.ts';
import { readVideoRows } from './video-rows.ts';
import type { VideoView } from './video-view.ts';

/** The owner's video. Throws DomainError `video_not_found`, for a foreign or deleted one too. */
export async function getVideo(
  { em, actor, delivery }: Needs<'em' | 'actor' | 'delivery'>,
  input: { videoId: string },
): Promise<VideoView> {
  const [video] = await readVideoRows(em, sql`v.id = ${input.videoId}::uuid`);
  if (!video || video.deleted || !mayAct(actor, video.ownerId)) throw videoNotFound(input.videoId);
  return presentVideo(delivery, video, video.progressPercent);
}
