import { randomBytes, randomUUID } from 'node:crypto';
import type { TestPlatform } from '#test/support/platform.ts';
import { bodyOf, type TestApi } from './test-api.ts';

export const FILE_SIZE_BYTES = 1000;

/** A DRAFT of the test's owner. Answers its id. */
export async function draft(api: TestApi, members: object = {}): Promise<string> {
  const json = { title: 'Tour', sourceMime: 'video/mp4', sourceSizeBytes: FILE_SIZE_BYTES, ...members };
  const response = await api.call('POST', '/api/videos', { json });
  if (response.status !== 201) throw new Error(`draft: ${response.status} ${await response.text()}`);
  return (await bodyOf(response)).id;
}

/** An open session for a new video. */
export async function openUpload(api: TestApi): Promise<{ videoId: string; sessionId: string }> {
  const videoId = await draft(api);
  const json = { sourceMime: 'video/mp4', sourceSizeBytes: FILE_SIZE_BYTES };
  const response = await api.call('POST', `/api/videos/${videoId}/uploads`, { json });
  if (response.status !== 201) throw new Error(`openUpload: ${response.status} ${await response.text()}`);
  return { videoId, sessionId: (await bodyOf(response)).uploadSessionId };
}

/** Signs the only part and PUTs it to storage. Answers its ETag. */
export async function storePart(api: TestApi, sessionId: string): Promise<string> {
  const response = await api.call('POST', `/api/uploads/${sessionId}/parts`, { json: { partNumber: 1 } });
  const { uploadUrl } = await bodyOf(response);
  const put = await fetch(uploadUrl, { method: 'PUT', body: new Uint8Array(randomBytes(FILE_SIZE_BYTES)) });
  if (!put.ok) throw new Error(`storePart: ${put.status} ${await put.text()}`);
  return put.headers.get('etag') ?? '';
}

/** A video whose upload is complete: UPLOADED. */
export async function uploaded(api: TestApi): Promise<{ videoId: string; sessionId: string }> {
  const upload = await openUpload(api);
  await storePart(api, upload.sessionId);
  const response = await api.call('POST', `/api/uploads/${upload.sessionId}/complete`);
  if (response.status !== 200) throw new Error(`uploaded: ${response.status} ${await response.text()}`);
  return upload;
}

/** Writes straight to the database, where a test needs what a worker would have done. */
export async function runStatement(platform: TestPlatform, sql: string, values: unknown[]): Promise<void> {
  await platform.context({ kind: 'system' }).em.execute(sql, values);
}

/** Moves an uploaded video on to FAILED, as a worker does whose last attempt ended. */
export async function failTranscode(
  api: TestApi,
  videoId: string,
  reason = 'TRANSCODE_ERROR',
): Promise<void> {
  await runStatement(api.platform, "update videos set status = 'TRANSCODING' where id = ?", [videoId]);
  await runStatement(api.platform, "update videos set status = 'FAILED', fail_reason = ? where id = ?", [
    reason,
    videoId,
  ]);
}

/** Publishes a version of an uploaded video: rows as a worker leaves them, and its objects. Answers the key prefix. */
export async function publish(
  api: TestApi,
  videoId: string,
  objects: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const version = randomBytes(16).toString('hex');
  const prefix = `videos/${videoId}/hls/${version}/`;
  const assetId = randomUUID();
  const { media } = api.platform.context({ kind: 'system' }).storage;
  for (const [name, body] of Object.entries(objects))
    await media.put(prefix + name, body, { contentType: 'application/octet-stream' });
  await runStatement(api.platform, "update videos set status = 'TRANSCODING' where id = ?", [videoId]);
  await runStatement(
    api.platform,
    `insert into video_assets (id, video_id, version, type, container, file_key, created_at)
     values (?, ?, ?, 'HLS_MASTER', 'm3u8', ?, now())`,
    [assetId, videoId, version, `${prefix}master.m3u8`],
  );
  await runStatement(
    api.platform,
    "update videos set status = 'READY', current_version = ?, master_asset_id = ? where id = ?",
    [version, assetId, videoId],
  );
  return prefix;
}
