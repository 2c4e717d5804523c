import type { StoredPart } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { isDomainError } from '../errors.ts';
import { isSetWhole } from './check-set.ts';
import { refuseUnlessWhole } from './compare-parts.ts';
import type { UploadSession } from './upload-session.entity.ts';

/**
 * True when storage has all that the session can ever get, so that a completion can judge it. Of an upload in parts of
 * unknown size only its client knows which part is the last: it is whole once a completion of ours, interrupted since, has
 * joined them. Throws StorageError.
 */
export async function isWhole(context: Needs<'storage'>, session: UploadSession): Promise<boolean> {
  const sizeBytes = session.sizeBytes ?? null;
  switch (session.provider) {
    case 'S3_PUT': {
      const foundBytes = await sizeAt(context, session.stagingKey ?? '');
      // A PUT stores a whole object or nothing.
      return foundBytes !== null && (sizeBytes === null || foundBytes === sizeBytes);
    }
    case 'TUS':
      if (sizeBytes === null) return false;
      return session.bytesUploaded === sizeBytes
        ? hasAllParts(context, session, sizeBytes)
        : (await sizeAt(context, session.fileKey)) === sizeBytes;
    case 'S3_SET':
      return isSetWhole(context, { ...session, setFiles: session.setFiles ?? null });
    default:
      return sizeBytes === null
        ? (await sizeAt(context, session.fileKey)) !== null
        : hasAllParts(context, session, sizeBytes);
  }
}

async function hasAllParts(
  context: Needs<'storage'>,
  session: UploadSession,
  sizeBytes: number,
): Promise<boolean> {
  let parts: readonly StoredPart[];
  try {
    parts = await context.storage.sources.listParts(session.fileKey, session.providerUploadId);
  } catch (error) {
    if (!isStorageError(error, 'multipart_not_found')) throw error;
    // Joined before, and nobody was told.
    return (await sizeAt(context, session.fileKey)) === sizeBytes;
  }
  try {
    // As a completion will judge it: parts that merely add up to the size are not the file.
    refuseUnlessWhole(session, parts, []);
    return true;
  } catch (error) {
    if (isDomainError(error)) return false;
    throw error;
  }
}

/** Null when nothing stands there. */
async function sizeAt({ storage }: Needs<'storage'>, key: string): Promise<number | null> {
  try {
    return (await storage.sources.head(key)).sizeBytes;
  } catch (error) {
    if (isStorageError(error, 'object_not_found')) return null;
    throw error;
  }
}
