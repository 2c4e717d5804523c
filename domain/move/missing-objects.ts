import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import type { StoragePlace } from '../storages.ts';
import { HLS_MIME_TYPE } from '../upload/set-files.ts';
import type { Moved } from './copy-video.ts';
import { listVideo, nameOf } from './video-objects.ts';

/**
 * What the database says a video has, its source and its master playlist, and neither storage shows: then the source
 * storage is not the one that it is taken for, or has lost something. Throws StorageError.
 *
 * @param of the video, as it was before its objects were listed; of one that has changed since, nothing is said
 * @returns keys
 */
export async function missingObjects(
  { em }: Needs<'em'>,
  of: { videoId: string; rowVersion: number },
  moved: ReadonlyMap<string, Moved>,
  to: StoragePlace,
): Promise<string[]> {
  const { rows } = await sql<{ source: string | null; master: string | null }>`
    select case when v.source_mime is distinct from ${HLS_MIME_TYPE} then v.source_file_key end as source, a.file_key as master
    from videos v left join video_assets a on a.id = v.master_asset_id
    where v.id = ${of.videoId}::uuid and v.row_version = ${of.rowVersion}`.execute(em.fork().getKysely());
  const [named] = rows;
  const absent = [
    { bucket: 'sources', key: named?.source ?? null } as const,
    { bucket: 'media', key: named?.master ?? null } as const,
  ].flatMap(({ bucket, key }) =>
    key === null || moved.has(nameOf({ bucket, key })) ? [] : [{ bucket, key }],
  );
  if (absent.length === 0) return [];
  const arrived = await listVideo(to, of.videoId);
  return absent.filter((each) => !arrived.has(nameOf(each))).map(({ key }) => key);
}
