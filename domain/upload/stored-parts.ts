import type { StoredPart } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
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

/** As `storedParts`, read afresh: for whoever is about to drop what is not there. */
export async function storedPartsNow(
  { storage }: Needs<'storage'>,
  session: UploadSession,
): Promise<StoredPart[]> {
  try {
    return await storage.sources.listParts(session.fileKey, session.providerUploadId);
  } catch (error) {
    if (isStorageError(error, 'multipart_not_found')) return [];
    throw error;
  }
}
