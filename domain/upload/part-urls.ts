import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { policyNamed } from './accept-source.ts';
import { PART_COUNT_MAX, partCountFor, partLength } from './part-plan.ts';
import type { SignedPart } from './upload-view.ts';

/** What the URL of a part is made of; an upload session has it all. */
export interface PartTarget {
  readonly fileKey: string;
  readonly providerUploadId: string;
  readonly policy: string;
  readonly sizeBytes?: number | null | undefined;
  readonly partSizeBytes: number;
}

/** URLs for parts, each good for that part's exact length. Pure computation, no round trip; nothing is recorded. */
export async function partUrls(
  { storage, settings, metrics }: Needs<'storage' | 'settings' | 'metrics'>,
  target: PartTarget,
  partNumbers: readonly number[],
): Promise<SignedPart[]> {
  const { urlTtlSeconds } = policyNamed(settings.policies, target.policy);
  const signed = await Promise.all(
    partNumbers.map(async (partNumber): Promise<SignedPart> => {
      const sizeBytes =
        target.sizeBytes == null ? null : partLength(target.sizeBytes, target.partSizeBytes, partNumber);
      const { url, expiresAt } = await storage.sources.presignPart(
        target.fileKey,
        target.providerUploadId,
        partNumber,
        { urlTtlSeconds, ...(sizeBytes !== null && { sizeBytes }) },
      );
      return { partNumber, url, sizeBytes, expiresAt };
    }),
  );
  metrics.uploadsSigned(signed.length);
  return signed;
}

/** How many parts may be signed: as many as the file has, or all that storage takes where its size is not known. */
export function signableParts({
  sizeBytes,
  partSizeBytes,
}: Pick<PartTarget, 'sizeBytes' | 'partSizeBytes'>): number {
  return sizeBytes == null ? PART_COUNT_MAX : partCountFor(sizeBytes, partSizeBytes);
}

/** Throws DomainError `part_out_of_range`. */
export function refuseOutOfRange(partNumbers: readonly number[], partCount: number): void {
  const wrong = partNumbers.filter((n) => !Number.isInteger(n) || n < 1 || n > partCount);
  if (wrong.length === 0) return;
  const message = `this upload has parts 1 to ${partCount}, not ${wrong.join(', ')}`;
  throw new DomainError('part_out_of_range', message, { fields: [{ field: 'partNumber', message }] });
}
