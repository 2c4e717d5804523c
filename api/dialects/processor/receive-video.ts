import { definedMembers } from '#api/defined-members.ts';
import { MalformedRequest } from '#api/problems/refusal-of-error.ts';
import type { Context } from '#domain/context.ts';
import { DomainError, isDomainError } from '#domain/errors.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import { streamSource } from '#domain/upload/stream-source.ts';
import type { UploadPolicyName } from '#domain/upload/upload-policies.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';

/** Whose limits hold for what comes as a body. */
const POLICY: UploadPolicyName = 'signer';

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

/** How large a file may come as a body: what the policy takes, or less where what stands before us cuts long requests. */
export function bodyMaxBytes({ settings }: Pick<Context, 'settings'>): number {
  const { maxSizeBytes } = settings.policies[POLICY];
  return Math.min(maxSizeBytes, settings.rawBodyMaxBytes ?? maxSizeBytes);
}

/** What a larger file is answered with, before it is read or as soon as it is seen. */
export function tooLargeForBody(maxBytes: number): DomainError {
  return new DomainError(
    'body_too_large',
    `A file may have ${maxBytes} bytes as a body. Send a larger one in parts: POST /api/videos with JSON, POST /api/videos/{videoId}/uploads, then PUT each part to its URL.`,
    {
      members: {
        maxSizeBytes: maxBytes,
        createVideo: '/api/videos',
        startUpload: '/api/videos/{videoId}/uploads',
      },
    },
  );
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
    await streamSource(context, { sessionId: upload.id, body: bytes, maxSizeBytes: bodyMaxBytes(context) });
    return video.id;
  } catch (error) {
    throw asBodyRefusal(error, bodyMaxBytes(context));
  } finally {
    coming.close();
  }
}

/** A body is refused in words for bodies; what else went wrong stays what it is. */
function asBodyRefusal(error: unknown, maxBytes: number): unknown {
  if (isDomainError(error, 'file_too_large')) return tooLargeForBody(maxBytes);
  if (isDomainError(error, 'unsupported_format'))
    return new DomainError('unsupported_media_type', error.message, { cause: error });
  if (isDomainError(error, 'parts_mismatch'))
    return new MalformedRequest('The body did not arrive whole.', { cause: error });
  return error;
}
