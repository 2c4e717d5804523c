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
  const parts = await listOrNone(storage.sources, session);
  await em
    .fork()
    .nativeUpdate(UploadSession, { id: session.id }, { storedParts: parts, storedPartsAt: now() });
  return parts;
}

async function listOrNone(
  sources: Needs<'storage'>['storage']['sources'],
  session: UploadSession,
): Promise<StoredPart[]> {
  try {
    return await sources.listParts(session.fileKey, session.providerUploadId);
  } catch (error) {
    if (isStorageError(error, 'multipart_not_found')) return [];
    throw error;
  }
}
