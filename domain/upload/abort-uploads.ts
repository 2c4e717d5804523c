import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { UploadSession } from './upload-session.entity.ts';

/** Aborts what is still open in storage for a session. An upload that storage does not know is not an error. */
export async function abortUploads(sources: ObjectStore, session: UploadSession): Promise<void> {
  const { provider, fileKey, providerUploadId } = session;
  if (provider === 'S3_MULTIPART') await sources.abortMultipart(fileKey, providerUploadId);
  // The TUS server opens uploads by itself, under ids that only it keeps.
  if (provider === 'TUS')
    for await (const { key, uploadId } of sources.listMultiparts(fileKey))
      await sources.abortMultipart(key, uploadId);
}
