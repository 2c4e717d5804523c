import { buffer } from 'node:stream/consumers';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type {
  SourceObject,
  SourceProbe,
  SourceRejectionCode,
} from '#providers/transcoders/source-inspector.ts';
import type { Needs } from '../context.ts';
import type { FailReason } from '../fail-reasons.ts';
import { SNIFF_BYTES, sniffContainer } from '../media/sniff-container.ts';
import { type UploadPolicy, VIDEO_FORMATS } from '../upload/upload-policies.ts';

/** The accepted source of a video. */
export interface AcceptedSource {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

export type Inspection =
  | { readonly source: SourceObject; readonly probe: SourceProbe }
  | { readonly rejected: FailReason; readonly detail: string };

/**
 * Looks at a source: the bytes decide the container, the policy whether it is allowed, ffprobe what is in it. A source
 * that is at fault is an answer; anything thrown is worth another try.
 */
export async function inspectSource(
  { storage, inspector }: Needs<'storage' | 'inspector'>,
  accepted: AcceptedSource,
  policy: UploadPolicy,
  signal: AbortSignal,
): Promise<Inspection> {
  if (accepted.sizeBytes === 0) return { rejected: 'SOURCE_EMPTY', detail: 'The file has no bytes' };
  try {
    const { body } = await storage.sources.get(accepted.key, {
      range: { start: 0, end: Math.min(SNIFF_BYTES, accepted.sizeBytes) - 1 },
      ifMatch: accepted.etag,
      signal,
    });
    const format = sniffContainer(await buffer(body));
    if (!format)
      return { rejected: 'SOURCE_NOT_VIDEO', detail: 'The bytes are not a video container we know' };
    if (!policy.formats.includes(format))
      return {
        rejected: 'SOURCE_FORMAT_FORBIDDEN',
        detail: `The bytes are ${format}, which is not taken here`,
      };
    const source = { ...accepted, demuxer: VIDEO_FORMATS[format].demuxer };
    return { source, probe: await inspector.inspect(source, policy.limits, { signal }) };
  } catch (error) {
    if (isStorageError(error, 'object_not_found'))
      return { rejected: 'SOURCE_MISSING', detail: 'The source is no longer in storage' };
    if (isStorageError(error, 'object_changed'))
      return { rejected: 'SOURCE_CHANGED', detail: 'The source was replaced after it was accepted' };
    const rejected = rejectionOf(error);
    if (rejected) return { rejected, detail: (error as Error).message };
    throw error;
  }
}

/** The code of a SourceRejected. Its class is the port's, of which the domain sees types only. */
export function rejectionOf(error: unknown): SourceRejectionCode | null {
  if (!(error instanceof Error) || error.name !== 'SourceRejected') return null;
  return (error as Error & { code: SourceRejectionCode }).code;
}
