import { etagOf } from '../etag.ts';

/** Progress and state may move under a client that edits a title, and its edit still holds (R25). */
export function videoEtag(video: { title: string; description: string | null }): string {
  return etagOf([video.title, video.description]);
}
