import { randomUUID } from 'node:crypto';
import type { Context } from '#domain/context.ts';
import { getPlaylist } from '#domain/playlist/get-playlist.ts';
import type { PlaylistView } from '#domain/playlist/playlist-view.ts';
import { signUpload } from '#domain/playlist/sign-upload.ts';
import type { SignedUpload } from '#domain/playlist/signed-upload.ts';
import { bytesOf } from '#test/domain/part-bytes.ts';
import type { Stage } from '#test/domain/stage.ts';
import { userActor } from '#test/support/platform.ts';
import type { ZipEntry } from '#test/support/zips.ts';

/** Bytes that look like a video from outside. */
export const clip = (sizeBytes = 2000): Buffer<ArrayBuffer> => Buffer.from(bytesOf(1, sizeBytes));

/** An entry that is a video. */
export function video(name: string, more: Partial<ZipEntry> = {}): ZipEntry & { data: Buffer } {
  return { name, data: clip(), ...more };
}

/** An owner who may use the admin contract. */
export function admin(stage: Stage, ownerId: string = randomUUID()): Context {
  return stage.platform.context(userActor(ownerId, ['admin']));
}

export function sign(context: Context, fileName: string, more: object = {}): Promise<SignedUpload> {
  return signUpload(context, {
    fileName,
    contentType: null,
    fields: { type: 'file_name', size: 'size_bytes' },
    ...more,
  });
}

export async function put(
  { signed, contentType }: SignedUpload,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const headers = contentType === null ? {} : { 'content-type': contentType };
  const response = await fetch(signed.url, { method: 'PUT', headers, body: bytes });
  if (!response.ok) throw new Error(`PUT answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

export interface Arrived {
  readonly owner: Context;
  readonly ownerId: string;
  readonly playlistId: string;
  readonly key: string;
}

/** An archive that was uploaded and that storage has told of: UPLOADED, its unpacking queued. */
export async function arrived(stage: Stage, bytes: Buffer<ArrayBuffer>): Promise<Arrived> {
  const ownerId = randomUUID();
  const owner = admin(stage, ownerId);
  const upload = await sign(owner, 'course.zip');
  await put(upload, bytes);
  const { playlistId, key } = upload;
  await owner.em.fork().transactional((tx) => owner.enqueue(tx, 'check-playlist', { playlistId }));
  await stage.runJobs('check-playlist');
  return { owner, ownerId, playlistId, key };
}

/** The whole of a small playlist, as its owner sees it. */
export function shown(owner: Context, playlistId: string): Promise<PlaylistView> {
  return getPlaylist(owner, { playlistId, limit: 1000 });
}

/** What became of the entries, by name. */
export async function outcomes(owner: Context, playlistId: string): Promise<Record<string, string>> {
  const { videos } = await shown(owner, playlistId);
  return Object.fromEntries(
    videos.map(({ name, state, failReason }) => [
      name,
      failReason === null ? state : `${state} ${failReason}`,
    ]),
  );
}

/** Runs what takes accepted sources to READY or FAILED. */
export async function transcodeAll(stage: Stage): Promise<void> {
  for (let ran = 1; ran > 0; )
    ran = (await stage.runJobs('probe-source')) + (await stage.runJobs('transcode'));
}
