import { createHash } from 'node:crypto';

/**
 * A strong validator of what PATCH can change and of nothing else: progress and state may move under a client that
 * edits a title, and its edit still holds (R25, RFC 9110 section 8.8.1). Comes with quotes.
 */
export function videoEtag(video: { title: string; description: string | null }): string {
  const digest = createHash('sha256').update(JSON.stringify([video.title, video.description]));
  return `"${digest.digest('base64url').slice(0, 22)}"`;
}

/** True when an If-Match header lets a change of `etag` pass (RFC 9110 section 13.1.1). */
export function ifMatchPasses(ifMatch: string, etag: string): boolean {
  return ifMatch.split(',').some((candidate) => ['*', etag].includes(candidate.trim()));
}
