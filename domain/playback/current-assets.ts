import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { preparedRows } from '../prepared-query.ts';
import type { AssetType } from '../video/video-asset.entity.ts';

/** One published file of the version that players get. */
export interface PublishedAsset {
  readonly type: AssetType;
  /** `720p`; null for what has no quality. */
  readonly quality: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Bits per second. */
  readonly bandwidth: number | null;
  /** Where players fetch it, absolute. */
  readonly url: string;
}

interface AssetRow {
  type: AssetType;
  quality_label: string | null;
  width: number | null;
  height: number | null;
  bandwidth: number | null;
  file_key: string;
  storage: string | null;
}

/** What is published of a READY video, the largest first; nothing of one that is not READY. */
export async function currentAssets(
  { em, delivery }: Needs<'em' | 'delivery'>,
  { videoId }: { videoId: string },
): Promise<PublishedAsset[]> {
  const rows = await preparedRows(
    em,
    sql<AssetRow>`
    select a.type, a.quality_label, a.width, a.height, a.bandwidth, a.file_key, v.storage
    from videos v join video_assets a on a.video_id = v.id and a.version = v.current_version
    where v.id = ${videoId}::uuid and v.status = 'READY' and v.deleted_at is null
    order by a.height desc nulls last, a.bandwidth desc nulls last, a.type`,
  );
  return rows.map((row) => ({
    type: row.type,
    quality: row.quality_label,
    width: row.width,
    height: row.height,
    bandwidth: row.bandwidth,
    url: delivery.playbackUrl(row.file_key, row.storage),
  }));
}
