import type { ObjectStore, StoredPart } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { setPrefix } from '../storage-keys.ts';
import { UploadSession } from './upload-session.entity.ts';

/** How long a listing serves everybody who asks about the same session (R22). */
const LISTING_TTL_SECONDS = 5;

/** The parts that storage has, at most five seconds old. An upload that storage has forgotten has none. */
export async function storedParts(
  { em, storage, now }: Needs<'em' | 'storage' | 'now'>,
  session: UploadSession,
): Promise<readonly StoredPart[]> {
  const age = session.storedPartsAt
    ? now().getTime() - session.storedPartsAt.getTime()
    : Number.POSITIVE_INFINITY;
  if (session.storedParts && age < LISTING_TTL_SECONDS * 1000) return session.storedParts;
  const parts = await storedPartsNow({ storage }, session);
  await em
    .fork()
    .nativeUpdate(UploadSession, { id: session.id }, { storedParts: parts, storedPartsAt: now() });
  return parts;
}

/**
 * As `storedParts`, read afresh: for whoever is about to drop what is not there. A whole object counts as one part, and
 * so does each file of an HLS set.
 */
export async function storedPartsNow(
  { storage }: Needs<'storage'>,
  session: UploadSession,
): Promise<StoredPart[]> {
  const { sources } = storage;
  const { provider, fileKey, stagingKey } = session;
  try {
    if (provider === 'S3_MULTIPART') return await sources.listParts(fileKey, session.providerUploadId);
    if (provider === 'S3_SET') return await stagedFiles(sources, setPrefix(session.videoId, session.id));
    const { sizeBytes, etag } = await sources.head(stagingKey ?? fileKey);
    return [{ partNumber: 1, sizeBytes, etag }];
  } catch (error) {
    if (isStorageError(error, 'multipart_not_found', 'object_not_found')) return [];
    throw error;
  }
}

async function stagedFiles(sources: ObjectStore, prefix: string): Promise<StoredPart[]> {
  const files = await Array.fromAsync(sources.list(prefix));
  return files.map(({ sizeBytes, etag }, index) => ({ partNumber: index + 1, sizeBytes, etag }));
}
