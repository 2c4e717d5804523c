import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { TestPlatform } from '#test/support/platform.ts';

/** What an owner's uploads have left behind, looked at from outside of any client. */
export interface Remains {
  /** Status of each video that is not deleted, the oldest first. */
  readonly videos: readonly string[];
  /** Status of each upload session, of deleted videos too. */
  readonly sessions: readonly string[];
  /** SHA-256 of each video's stored source. */
  readonly sources: readonly string[];
  /** Multipart uploads that storage holds open for any of them. */
  readonly openMultiparts: number;
}

interface VideoRow {
  readonly id: string;
  readonly status: string;
  readonly source_file_key: string | null;
  readonly is_deleted: boolean;
}

export async function remainsOf(platform: TestPlatform, ownerId: string): Promise<Remains> {
  const { em, storage } = platform.context({ kind: 'system' });
  const videos = await em.execute<VideoRow[]>(
    `select id, status, source_file_key, deleted_at is not null as is_deleted
     from videos where owner_id = ? order by created_at, id`,
    [ownerId],
  );
  const sessions = await em.execute<{ status: string }[]>(
    `select s.status from upload_sessions s join videos v on v.id = s.video_id
     where v.owner_id = ? order by s.created_at, s.id`,
    [ownerId],
  );
  const standing = videos.filter((video) => !video.is_deleted);
  const sources: string[] = [];
  for (const { source_file_key: key } of standing) {
    if (key === null) continue;
    const hash = createHash('sha256');
    await pipeline((await storage.sources.get(key)).body, hash);
    sources.push(hash.digest('hex'));
  }
  let openMultiparts = 0;
  for (const { id } of videos)
    for await (const _open of storage.sources.listMultiparts(`uploads/${id}/`)) openMultiparts += 1;
  return {
    videos: standing.map(({ status }) => status),
    sessions: sessions.map(({ status }) => status),
    sources,
    openMultiparts,
  };
}
