import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { callApi } from '#scripts/demo/api.ts';
import { withClient } from '../support/deployment.ts';

/** What the load asks for. */
export interface Seed {
  readonly token: string;
  readonly videoPaths: readonly string[];
  readonly partsPaths: readonly string[];
}

const MIB = 1024 ** 2;
/** Sixteen parts of 8 MiB. */
const FILE_BYTES = 128 * MIB;
export const PART_NUMBERS: readonly number[] = Array.from({ length: 16 }, (_, i) => i + 1);

/** Makes one owner with READY videos, and with uploads under way, through the API where it can. */
export async function seed(
  base: string,
  env: Readonly<Record<string, string>>,
  counts: { videos: number; uploads: number },
): Promise<Seed> {
  const ownerId = randomUUID();
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(ownerId)
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(env.JWT_SECRET));
  const partsPaths: string[] = [];
  for (let i = 0; i < counts.uploads; i += 1) partsPaths.push(await startUpload(base, token));
  const ids = await insertReadyVideos(env.DATABASE_URL ?? '', ownerId, counts.videos);
  return { token, partsPaths, videoPaths: ids.map((id) => `/api/videos/${id}`) };
}

/** A session that has begun: signing it once more writes nothing. */
async function startUpload(base: string, token: string): Promise<string> {
  const source = { sourceMime: 'video/mp4', sourceSizeBytes: FILE_BYTES };
  const { id } = await callApi<{ id: string }>(base, token, 'POST', '/api/videos', {
    title: 'A video',
    ...source,
  });
  const session = await callApi<{ uploadSessionId: string }>(
    base,
    token,
    'POST',
    `/api/videos/${id}/uploads`,
    source,
  );
  const path = `/api/uploads/${session.uploadSessionId}/parts`;
  await callApi(base, token, 'POST', path, { partNumber: 1 });
  return path;
}

/** By SQL, along the table of states as the database demands it: nobody wants to encode a thousand videos for this. */
function insertReadyVideos(url: string, ownerId: string, count: number): Promise<string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `insert into videos (id, owner_id, title, description, metadata, created_at, updated_at)
       select gen_random_uuid(), $1, 'Video ' || n, 'A description of a usual length, as people write them.',
         '{"camera":"phone","take":3}', now(), now() from generate_series(1, $2) n returning id`,
      [ownerId, count],
    );
    await client.query(`update videos set status = 'UPLOADING' where owner_id = $1 and status = 'DRAFT'`, [
      ownerId,
    ]);
    const ids = rows.map(({ id }) => id);
    await client.query(
      `update videos set status = 'UPLOADED', source_file_key = 'uploads/' || id, source_etag = 'etag',
         source_size_bytes = 104857600, source_mime = 'video/mp4', duration_seconds = 60, width = 1920, height = 1080,
         poster_key = 'videos/' || id || '/poster/poster.jpg' where id = any ($1)`,
      [ids],
    );
    await client.query(`update videos set status = 'TRANSCODING' where id = any ($1)`, [ids]);
    await client.query(
      `insert into video_assets (id, video_id, version, type, container, file_key, created_at)
       select gen_random_uuid(), id, md5(id::text), 'HLS_MASTER', 'm3u8', 'videos/' || id, now()
       from videos where id = any ($1)`,
      [ids],
    );
    await client.query(
      `update videos v set status = 'READY', current_version = a.version, master_asset_id = a.id
       from video_assets a where a.video_id = v.id and v.id = any ($1)`,
      [ids],
    );
    await client.query('vacuum analyze videos, video_assets, upload_sessions');
    return ids;
  });
}
