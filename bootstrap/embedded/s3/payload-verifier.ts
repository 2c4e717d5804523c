import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checkedChecksum,
  checksumHeader,
  type RunningChecksum,
  startChecksum,
} from './checksums.ts';
import { S3Error } from './s3-error.ts';

/** What a payload must turn out to be; absent members are not checked. */
export interface PayloadPromise {
  sizeBytes?: number;
  /** base64 */
  md5?: string;
  /** hex, of x-amz-content-sha256 */
  sha256?: string;
  checksum?: Checksum;
  /** A checksum that comes after the body. */
  trailer?: { algorithm: ChecksumAlgorithm; value: () => string | undefined };
}

/** Passes bytes through, and at their end fails the stream unless every promise about them was kept. */
export class PayloadVerifier extends Transform {
  sizeBytes = 0;
  /** hex; set at the end */
  md5 = '';
  /** The verified checksum; set at the end when one was promised. */
  checksum: Checksum | undefined;
  readonly #promise: PayloadPromise;
  readonly #md5 = createHash('md5');
  readonly #sha256: Hash | undefined;
  readonly #checksum: RunningChecksum | undefined;

  constructor(promise: PayloadPromise) {
    super();
    this.#promise = promise;
    this.#sha256 = promise.sha256 === undefined ? undefined : createHash('sha256');
    const algorithm = promise.checksum?.algorithm ?? promise.trailer?.algorithm;
    this.#checksum = algorithm && startChecksum(algorithm);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.sizeBytes += bytes.length;
    if (this.sizeBytes > (this.#promise.sizeBytes ?? Number.POSITIVE_INFINITY)) {
      done(new S3Error('IncompleteBody', 'The body is longer than was announced.'));
      return;
    }
    this.#md5.update(bytes);
    this.#sha256?.update(bytes);
    this.#checksum?.update(bytes);
    done(null, bytes);
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#check();
      done();
    } catch (error) {
      done(error instanceof Error ? error : new S3Error('InternalError'));
    }
  }

  #check(): void {
    const { sizeBytes, md5, sha256, trailer } = this.#promise;
    if (sizeBytes !== undefined && sizeBytes !== this.sizeBytes) throw new S3Error('IncompleteBody');
    const digest = this.#md5.digest();
    this.md5 = digest.toString('hex');
    if (md5 !== undefined && md5 !== digest.toString('base64'))
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what was received.');
    if (sha256 !== undefined && sha256 !== this.#sha256?.digest('hex'))
      throw new S3Error('XAmzContentSHA256Mismatch');
    const promised =
      this.#promise.checksum ??
      (trailer && checkedChecksum(checksumHeader(trailer.algorithm), trailerValue(trailer)));
    if (promised && promised.value !== this.#checksum?.digest())
      throw new S3Error(
        'BadDigest',
        `The ${promised.algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    this.checksum = promised;
  }
}

function trailerValue(trailer: { value: () => string | undefined }): string {
  const value = trailer.value();
  if (value === undefined) throw new S3Error('MalformedTrailerError');
  return value;
}
