/** The only place that spells an object key. */

/** `ext` comes from the policy's table of types, never from a client's file name (R9). */
export function sourceKey(videoId: string, sessionId: string, extension: string): string {
  return `uploads/${videoId}/${sessionId}/source.${extension}`;
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
  return `videos/${videoId}/poster/${version}/poster.jpg`;
}
