import { definedMembers } from '#api/defined-members.ts';
import { MalformedRequest } from '#api/problems/refusal-of-error.ts';
import type { Context } from '#domain/context.ts';
import { DomainError, isDomainError } from '#domain/errors.ts';
import type { Settings } from '#domain/settings.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import { streamSource } from '#domain/upload/stream-source.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { bodyMaxBytes, bodyMaxSeconds, tooLargeForBody, tooSlowForBody } from './body-limits.ts';

/** A file on its way through us, as its headers announce it. */
export interface ComingVideo {
  readonly title: string;
  readonly description?: string | null | undefined;
  readonly contentType: string;
  readonly fileName?: string | undefined;
  /** Null where nobody has said: then the stream is measured as it comes. */
  readonly sizeBytes: number | null;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Says that nobody reads on; to be called in any case. */
  close(): void;
}

/**
 * Takes a file that comes as a body: makes its video, stores it as it comes, and completes the upload. A body that breaks
 * off leaves a FAILED video and nothing in storage.
 *
 * @returns the id of the video, which is UPLOADED, or about to be
 * Throws DomainError `unsupported_media_type`, `body_too_large`, `rate_limited`, MalformedRequest (the body did not come
 * whole), StorageError, and what reading `bytes` throws on purpose.
 */
export async function receiveVideo(context: Context, coming: ComingVideo): Promise<string> {
  const { bytes, contentType, fileName, sizeBytes, title, description } = coming;
  const { settings } = context;
  const tooSlow = AbortSignal.timeout(bodyMaxSeconds(settings) * 1000);
  const source = { sourceMime: contentType, sourceSizeBytes: sizeBytes, ...definedMembers({ fileName }) };
  try {
    const video = await createVideo(context, {
      ...source,
      ...definedMembers({ description }),
      title,
      createdVia: 'processor',
    });
    const { upload } = await startUpload(context, { ...source, videoId: video.id }).catch(
      async (error: unknown) => {
        // Nobody would ever fill it.
        await deleteVideo(context, { videoId: video.id });
        throw error;
      },
    );
    const maxSizeBytes = bodyMaxBytes(settings);
    await streamSource(context, { sessionId: upload.id, body: bytes, maxSizeBytes, signal: tooSlow });
    return video.id;
  } catch (error) {
    throw tooSlow.aborted && error === tooSlow.reason
      ? tooSlowForBody(settings)
      : asBodyRefusal(error, settings);
  } finally {
    coming.close();
  }
}

/** A body is refused in words for bodies; what else went wrong stays what it is. */
function asBodyRefusal(error: unknown, settings: Settings): unknown {
  if (isDomainError(error, 'file_too_large')) return tooLargeForBody(settings);
  if (isDomainError(error, 'unsupported_format'))
    return new DomainError('unsupported_media_type', error.message, { cause: error });
  if (isDomainError(error, 'parts_mismatch'))
    return new MalformedRequest('The body did not arrive whole.', { cause: error });
  return error;
}
