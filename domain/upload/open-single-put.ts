import type { SignedUrl } from '#providers/storage/object-store.ts';
import type { Needs } from '../context.ts';
import type { VideoView } from '../video/video-view.ts';
import type { SourceFields } from './accept-source.ts';

export interface OpenSinglePut {
  readonly title: string;
  readonly fileName: string;
  /** Null where the contract does not ask for it: then the file's extension decides. */
  readonly contentType: string | null;
  readonly sizeBytes?: number;
  readonly createdVia: 'direct' | 'admin' | 'learning' | 'signer';
  readonly metadata?: Record<string, unknown>;
  /** How the contract calls its members, for refusals. */
  readonly fields?: SourceFields;
}

export interface SinglePut {
  readonly video: VideoView;
  readonly sessionId: string;
  /** The key that the URL writes to. */
  readonly storageKey: string;
  readonly signed: SignedUrl;
  /** What the PUT has to send, exactly: it is signed. */
  readonly contentType: string;
}

/**
 * Placeholder of the skeleton. One transaction: the hourly limit, a video in UPLOADING, its S3_PUT session; then one
 * signed PUT to a staging key.
 */
export function openSinglePut(
  _context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'metrics' | 'now'>,
  _input: OpenSinglePut,
): Promise<SinglePut> {
  return Promise.reject(new Error('not built'));
}

/** Placeholder of the skeleton. Signs the staging key of a live S3_PUT session again. */
export function signSinglePut(
  _context: Needs<'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'metrics' | 'now'>,
  _input: { sessionId: string },
): Promise<SinglePut> {
  return Promise.reject(new Error('not built'));
}
