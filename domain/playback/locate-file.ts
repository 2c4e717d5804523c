import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { preparedRows } from '../prepared-query.ts';
import { versionPrefix } from '../storage-keys.ts';
import { PUBLISHED_PATH } from './published-path.ts';

const FILE = new RegExp(`^${PUBLISHED_PATH}$`);
/** Cut before there is a version, so it stands elsewhere. */
const POSTER = 'poster.jpg';

interface LocatedRow {
  current_version: string | null;
  poster_key: string | null;
  storage: string | null;
}

/**
 * Where a file of the version that players get stands right now, for addresses that name the video only.
 *
 * @param path within the version, decoded: `master.m3u8`, `720p/playlist.m3u8`
 * @returns an absolute address; it may be that of another version a moment later
 * Throws DomainError `not_found` for a video that is not READY, not public or not there, and for any other path.
 */
export async function locateFile(
  { em, delivery }: Needs<'em' | 'delivery'>,
  { videoId, path }: { videoId: string; path: string },
): Promise<string> {
  const [video] = FILE.test(path)
    ? await preparedRows(
        em,
        sql<LocatedRow>`
        select current_version, poster_key, storage from videos
        where id = ${videoId}::uuid and status = 'READY' and playback_policy = 'public' and deleted_at is null`,
      )
    : [];
  const version = video?.current_version;
  const key = path === POSTER ? video?.poster_key : version && `${versionPrefix(videoId, version)}${path}`;
  if (!key) throw new DomainError('not_found', 'There is nothing here');
  return delivery.playbackUrl(key, video?.storage);
}
