import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { UploadSession } from './upload-session.entity.ts';

/** Drops the parts of a session's multipart upload, if it has one. One that storage does not know is not an error. */
export async function abortUpload(
  sources: ObjectStore,
  { fileKey, providerUploadId }: Pick<UploadSession, 'fileKey' | 'providerUploadId'>,
): Promise<void> {
  if (providerUploadId !== '') await sources.abortMultipart(fileKey, providerUploadId);
}
