import type { z } from '@hono/zod-openapi';
import type { OpenedFile } from '#domain/upload/open-file-set.ts';
import type { SignedFilesBody } from './schemas.ts';

/** @param publicUrl where clients reach the API, without a trailing slash */
export function signedFiles(
  files: readonly OpenedFile[],
  publicUrl: string,
): z.infer<typeof SignedFilesBody> {
  return {
    uploads: files.map((file) => ({
      path: file.path,
      videoId: file.videoId,
      uploadUrl: file.signed.url,
      key: file.storageKey,
      publicUrl: `${publicUrl}/media/${file.videoId}/${file.publishedPath}`,
      expiresAt: file.signed.expiresAt.toISOString(),
      uploadSessionId: file.sessionId,
    })),
  };
}
