import type { SourceObject, SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { Needs } from '../context.ts';
import { newVersion } from '../identifiers.ts';
import { posterKey } from '../storage-keys.ts';

/** A picture that is stored, under a version of its own. */
export interface CutPoster {
  readonly key: string;
  readonly version: string;
}

/**
 * Cuts the poster of a source and stores it. It is a courtesy: null where none could be cut, since the source plays as
 * well. Throws only when `signal` fires.
 */
export async function cutPoster(
  { inspector, storage, log }: Needs<'inspector' | 'storage' | 'log'>,
  videoId: string,
  { source, probe }: { source: SourceObject; probe: SourceProbe },
  signal: AbortSignal,
): Promise<CutPoster | null> {
  try {
    const picture = await inspector.poster(source, probe, { signal });
    const version = newVersion();
    const key = posterKey(videoId, version);
    await storage.media.put(key, picture, {
      contentType: 'image/jpeg',
      sizeBytes: picture.byteLength,
      cacheControl: 'public, max-age=31536000, immutable',
    });
    return { key, version };
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn({ err: error, videoId }, 'no poster could be cut');
    return null;
  }
}
