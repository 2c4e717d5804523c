import type { StoredPart } from '#providers/storage/object-store.ts';
import { asRanges, partCountFor } from './part-plan.ts';
import type { UploadSession } from './upload-session.entity.ts';
import type { UploadView } from './upload-view.ts';

/**
 * @param parts what storage has; of a completed session everything is stored. A TUS upload also has what is acknowledged
 *   and not yet a part
 */
export function presentUpload(session: UploadSession, parts: readonly StoredPart[] = []): UploadView {
  const sizeBytes = session.sizeBytes ?? null;
  const partCount = countOf(session);
  const completed = session.status === 'COMPLETED';
  return {
    id: session.id,
    videoId: session.videoId,
    status: session.status,
    bytesUploaded:
      completed || session.provider === 'TUS'
        ? session.bytesUploaded
        : parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    sizeBytes,
    partSizeBytes: session.partSizeBytes,
    partCount,
    stored:
      completed && partCount !== null
        ? asRanges(Array.from({ length: partCount }, (_, i) => i + 1))
        : asRanges(parts.map((part) => part.partNumber)),
    expiresAt: session.expiresAt,
  };
}

/** Each file of an HLS set is a part. Null where nobody has said how much there will be. */
function countOf({ setFiles, sizeBytes, partSizeBytes }: UploadSession): number | null {
  if (setFiles) return setFiles.length;
  return sizeBytes == null ? null : partCountFor(sizeBytes, partSizeBytes);
}
