/** The only place that spells an object key. */

/** `ext` comes from the policy's table of types, never from a client's file name (R9). */
export function sourceKey(videoId: string, sessionId: string, extension: string): string {
  return `uploads/${videoId}/${sessionId}/source.${extension}`;
}

/** The source of one session, and what a TUS server keeps beside it. */
export function sessionPrefix(videoId: string, sessionId: string): string {
  return `uploads/${videoId}/${sessionId}/`;
}

/** The bytes of a TUS upload that do not fill a part yet; gone once they do. */
export function tusRestKey(videoId: string, sessionId: string): string {
  return `${sessionPrefix(videoId, sessionId)}rest`;
}

/** Everything that was ever uploaded for a video. */
export function sourcePrefix(videoId: string): string {
  return `uploads/${videoId}/`;
}

/** One attempt's outputs. `version` is 128 random bits in hex, so the path is immutable and cannot be guessed (R6). */
export function versionPrefix(videoId: string, version: string): string {
  return `videos/${videoId}/hls/${version}/`;
}

/** Everything published of a video. */
export function mediaPrefix(videoId: string): string {
  return `videos/${videoId}/`;
}

export function masterKey(videoId: string, version: string): string {
  return `${versionPrefix(videoId, version)}master.m3u8`;
}

/** The poster is cut before any attempt exists, so it has a version of its own. */
export function posterKey(videoId: string, version: string): string {
  return `${posterPrefix(videoId)}${version}/poster.jpg`;
}

/** Every poster that was cut of a video, or came with it; none of a transcoder's. */
export function posterPrefix(videoId: string): string {
  return `videos/${videoId}/poster/`;
}

/** Where a client PUTs a whole object before it is verified; nothing is ever read from here but by completion (R11). */
export function stagingKey(videoId: string, sessionId: string, extension: string): string {
  return `staging/${videoId}/${sessionId}/source.${extension}`;
}

/** Everything staged for a video. */
export function stagingPrefix(videoId: string): string {
  return `staging/${videoId}/`;
}

/** Everything staged for one session. */
export function stagedPrefix(videoId: string, sessionId: string): string {
  return `staging/${videoId}/${sessionId}/`;
}

/** The files of an HLS set before they are verified (R5). */
export function setPrefix(videoId: string, sessionId: string): string {
  return `staging/${videoId}/${sessionId}/set/`;
}

/** An archive as it was uploaded. */
export function archiveKey(playlistId: string): string {
  return `archives/${playlistId}/archive.zip`;
}

/** Where the source bucket has keys that begin with an id. */
export const SOURCE_AREAS = ['uploads/', 'staging/', 'archives/'] as const;

/** True for what only waits to be verified and copied. */
export function isStagedKey(key: string): boolean {
  return key.startsWith('staging/');
}

/** The video that a key of either bucket belongs to; null for an archive, and for what is none of ours. */
export function videoIdOfKey(key: string): string | null {
  const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
  return new RegExp(`^(?:uploads|staging|videos)/(${uuid})/`).exec(key)?.[1] ?? null;
}

/** What a key under the source bucket belongs to; null for what is none of ours. */
export function ownerOfSourceKey(
  key: string,
): { kind: 'session'; videoId: string; sessionId: string } | { kind: 'playlist'; playlistId: string } | null {
  const uuid = '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})';
  const [, videoId, sessionId] = new RegExp(`^(?:uploads|staging)/${uuid}/${uuid}/`).exec(key) ?? [];
  if (videoId && sessionId) return { kind: 'session', videoId, sessionId };
  const [, playlistId] = new RegExp(`^archives/${uuid}/`).exec(key) ?? [];
  return playlistId ? { kind: 'playlist', playlistId } : null;
}
