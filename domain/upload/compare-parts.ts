import type { StoredPart } from '#providers/storage/object-store.ts';
import { DomainError } from '../errors.ts';
import { asRanges, partCountFor, partLength } from './part-plan.ts';
import type { UploadSession } from './upload-session.entity.ts';

/** A part as a client reports it; its ETag may come with or without quotes. */
export interface ClientPart {
  readonly partNumber: number;
  readonly etag: string;
}

function bareEtag(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '').toLowerCase();
}

/**
 * Passes when storage has exactly the parts that the session's size asks for, and the ones the client named are those.
 * A part of the wrong length counts as missing. Sizes alone prove little: some servers keep parts that were cut off and
 * list them at full length, so whatever ETags a client sends are compared too. Of an upload of unknown size the parts have
 * to fit each other.
 *
 * Throws DomainError `parts_missing` with `missing` as ranges, `parts_mismatch`.
 */
export function refuseUnlessWhole(
  session: Pick<UploadSession, 'sizeBytes' | 'partSizeBytes'>,
  stored: readonly StoredPart[],
  client: readonly ClientPart[],
): void {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  const strangers = client.filter(({ partNumber, etag }) => {
    const part = byNumber.get(partNumber);
    return part !== undefined && bareEtag(part.etag) !== bareEtag(etag);
  });
  if (strangers.length > 0)
    throw new DomainError(
      'parts_mismatch',
      'Storage has other bytes under these numbers than you sent; send them again',
      {
        members: { mismatched: asRanges(strangers.map((part) => part.partNumber).sort((a, b) => a - b)) },
      },
    );
  if (session.sizeBytes == null) {
    refuseUnlessUniform(stored, client);
    return;
  }
  const { sizeBytes, partSizeBytes } = session;
  const partCount = partCountFor(sizeBytes, partSizeBytes);
  const missing = Array.from({ length: partCount }, (_, i) => i + 1).filter(
    (n) => byNumber.get(n)?.sizeBytes !== partLength(sizeBytes, partSizeBytes, n),
  );
  if (missing.length > 0)
    throw new DomainError(
      'parts_missing',
      `Storage lacks ${missing.length} of ${partCount} parts, or has them short`,
      {
        members: { missing: asRanges(missing) },
      },
    );
  const surplus = [...byNumber.keys(), ...client.map((part) => part.partNumber)].filter(
    (n) => n < 1 || n > partCount,
  );
  if (surplus.length > 0)
    throw new DomainError('parts_mismatch', `This upload has ${partCount} parts; there are more`, {
      members: { mismatched: asRanges([...new Set(surplus)].sort((a, b) => a - b)) },
    });
}

/**
 * Where nobody said how much comes: the numbers run from 1 without a gap to the last one that is stored or that the client
 * names, and all parts are equal but the last, which is no longer. Which size that is, is the sender's choice. Throws
 * DomainError `parts_missing`.
 */
function refuseUnlessUniform(stored: readonly StoredPart[], client: readonly ClientPart[]): void {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  const partCount = Math.max(1, ...byNumber.keys(), ...client.map((part) => part.partNumber));
  const partSizeBytes = Math.max(...stored.map((part) => part.sizeBytes));
  const missing = Array.from({ length: partCount }, (_, i) => i + 1).filter((n) => {
    const part = byNumber.get(n);
    return !part || (n < partCount && part.sizeBytes !== partSizeBytes);
  });
  if (missing.length === 0) return;
  throw new DomainError(
    'parts_missing',
    `Storage lacks ${missing.length} of ${partCount} parts, or has them short`,
    {
      members: { missing: asRanges(missing) },
    },
  );
}
