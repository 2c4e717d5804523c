import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';

/** What `Upload-Checksum` may name, by Node's names. sha1 is the one that the protocol demands. */
export const TUS_CHECKSUM_ALGORITHMS = ['sha1', 'sha256', 'md5'] as const;

/** What the bytes of one request have to be. */
export interface ExpectedDigest {
  readonly algorithm: (typeof TUS_CHECKSUM_ALGORITHMS)[number];
  /** Base64. */
  readonly digest: string;
}

export interface RunningDigest {
  update(chunk: Uint8Array): void;
  /** Throws DomainError `checksum_mismatch`. */
  verify(): void;
}

export function runningDigest({ algorithm, digest }: ExpectedDigest): RunningDigest {
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    verify() {
      if (!hash.digest().equals(Buffer.from(digest, 'base64')))
        throw new DomainError('checksum_mismatch', `The ${algorithm} of the bytes is another one`);
    },
  };
}
