import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';

/** Rows written by hand, past the domain, as an attacker or a careless script would write them. */

/** @returns the id of a new DRAFT */
export async function insertVideo(client: Client, values: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID();
  await insert(client, 'videos', { id, owner_id: randomUUID(), title: 'A video', ...values });
  return id;
}

/** @returns the id of a new asset, an HLS_MASTER of version `v1` unless told otherwise */
export async function insertAsset(
  client: Client,
  videoId: string,
  values: Record<string, unknown> = {},
): Promise<string> {
  const id = randomUUID();
  const usual = { version: 'v1', type: 'HLS_MASTER', container: 'm3u8', file_key: `videos/${id}` };
  await insert(client, 'video_assets', { id, video_id: videoId, ...usual, ...values }, ['created_at']);
  return id;
}

/** @returns the id of a new session, INITIATED unless told otherwise */
export async function insertSession(
  client: Client,
  videoId: string,
  values: Record<string, unknown> = {},
): Promise<string> {
  const id = randomUUID();
  const usual = {
    provider_upload_id: 'upload',
    file_key: `uploads/${id}`,
    mime: 'video/mp4',
    part_size_bytes: 1024,
    expires_at: new Date(Date.now() + 3_600_000),
  };
  await insert(client, 'upload_sessions', { id, video_id: videoId, ...usual, ...values });
  return id;
}

/** @returns the id of a new attempt, QUEUED unless told otherwise */
export async function insertJob(
  client: Client,
  videoId: string,
  values: Record<string, unknown> = {},
): Promise<string> {
  const id = randomUUID();
  const usual = {
    provider: 'ffmpeg',
    version: id,
    output_prefix: `videos/${id}/`,
    plan: '{}',
    run_at: new Date(),
  };
  await insert(client, 'transcode_jobs', { id, video_id: videoId, ...usual, ...values });
  return id;
}

async function insert(
  client: Client,
  table: string,
  values: Record<string, unknown>,
  moments = ['created_at', 'updated_at'],
): Promise<void> {
  const all: Record<string, unknown> = {
    ...Object.fromEntries(moments.map((name) => [name, new Date()])),
    ...values,
  };
  const names = Object.keys(all);
  await client.query(
    `insert into ${table} (${names.join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    Object.values(all),
  );
}

/** Sets columns of one row. */
export async function update(
  client: Client,
  table: string,
  id: string,
  values: Record<string, unknown>,
): Promise<void> {
  const names = Object.keys(values);
  await client.query(
    `update ${table} set ${names.map((name, i) => `${name} = $${i + 2}`).join(', ')} where id = $1`,
    [id, ...Object.values(values)],
  );
}

const SOURCE = { source_file_key: 'uploads/source.mp4', source_etag: 'etag', source_size_bytes: 1 };

/** @returns the id of a READY video, moved there one legal step at a time, and of its master */
export async function readyVideo(client: Client): Promise<{ videoId: string; masterId: string }> {
  const videoId = await insertVideo(client);
  await update(client, 'videos', videoId, { status: 'UPLOADING' });
  await update(client, 'videos', videoId, { status: 'UPLOADED', ...SOURCE });
  await update(client, 'videos', videoId, { status: 'TRANSCODING' });
  const masterId = await insertAsset(client, videoId);
  await update(client, 'videos', videoId, {
    status: 'READY',
    master_asset_id: masterId,
    current_version: 'v1',
  });
  return { videoId, masterId };
}

/** @returns the id of a video in TRANSCODING, which lacks nothing for READY but a master */
export async function transcodingVideo(client: Client): Promise<string> {
  const videoId = await insertVideo(client);
  await update(client, 'videos', videoId, { status: 'UPLOADING' });
  await update(client, 'videos', videoId, { status: 'UPLOADED', ...SOURCE });
  await update(client, 'videos', videoId, { status: 'TRANSCODING' });
  return videoId;
}
