import { Metadata } from '@tus/server';
import type { TusUpload } from '#domain/upload/tus-upload.ts';
import { TUS_VERSION } from './protocol-headers.ts';

/** Names the video that the upload becomes. Not part of the protocol; clients read it of the last answer. */
export const VIDEO_ID_HEADER = 'Sluice-Video-Id';

/**
 * Adds what the protocol's server does not know: the video, and when an unfinished upload expires.
 *
 * @param expiresAt null once every byte is here
 */
export function withFacts(answer: Response, videoId: string, expiresAt: Date | null): Response {
  answer.headers.set(VIDEO_ID_HEADER, videoId);
  if (expiresAt) answer.headers.set('Upload-Expires', expiresAt.toUTCString());
  return answer;
}

/** A completed upload is as long as it was, for as long as its video is there: the last answer may have been lost. */
export function headOfCompleted({ session, offsetBytes, metadata }: TusUpload): Response {
  const headers = new Headers({
    'Tus-Resumable': TUS_VERSION,
    'Cache-Control': 'no-store',
    'Upload-Offset': String(offsetBytes),
    'Upload-Length': String(offsetBytes),
    [VIDEO_ID_HEADER]: session.videoId,
  });
  if (Object.keys(metadata).length > 0) headers.set('Upload-Metadata', Metadata.stringify({ ...metadata }));
  return new Response(null, { status: 200, headers });
}
