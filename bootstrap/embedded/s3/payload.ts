import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import type { S3Call } from './call.ts';
import { algorithmOfHeader, declaredChecksum } from './checksums.ts';
import type { PayloadStages } from './data-files.ts';
import { type PayloadPromise, PayloadVerifier } from './payload-verifier.ts';
import { S3Error } from './s3-error.ts';
import type { SigningContext } from './sigv4.ts';

/** S3's limit on a single PUT and on a part. */
const MAX_PAYLOAD_BYTES = 5 * 1024 ** 3;

/** The call's body as stream stages that end in a verifier. Reads nothing yet. */
export function openPayload(call: S3Call): { stages: PayloadStages; verifier: PayloadVerifier } {
  const sha256 = call.headers.get('x-amz-content-sha256') ?? '';
  const promise: PayloadPromise = { sizeBytes: announcedBytes(call), ...promisedDigests(call, sha256) };
  const decoder = isFramed(call) ? new AwsChunkedDecoder(chunkSigning(call, sha256)) : undefined;
  const trailerName = call.headers.get('x-amz-trailer')?.trim().toLowerCase();
  if (decoder && trailerName)
    promise.trailer = {
      algorithm: algorithmOfHeader(trailerName),
      value: () => decoder.trailers.get(trailerName),
    };
  const verifier = new PayloadVerifier(promise);
  call.continueBody();
  if (!decoder) return { stages: [call.body, verifier], verifier };
  // A pipeline destroys its source when a later stage fails, and with the request would go the connection that
  // the answer to a bad chunk needs.
  const source = Readable.from(call.body.iterator({ destroyOnReturn: false }), { objectMode: false });
  return { stages: [source, decoder, verifier], verifier };
}

/** A small body whole, as text. EntityTooLarge when it announces more than the limit, and no body can exceed that. */
export async function readText(call: S3Call, maxBytes: number): Promise<string> {
  if (announcedBytes(call) > maxBytes) throw new S3Error('EntityTooLarge');
  const { stages } = openPayload(call);
  const chunks: Buffer[] = [];
  const collector = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await pipeline([...stages, collector]);
  return Buffer.concat(chunks).toString();
}

function isFramed(call: S3Call): boolean {
  return call.headers.get('x-amz-content-sha256')?.startsWith('STREAMING-') ?? false;
}

function announcedBytes(call: S3Call): number {
  const text = call.headers.get(isFramed(call) ? 'x-amz-decoded-content-length' : 'content-length');
  if (text === undefined) throw new S3Error('MissingContentLength');
  const sizeBytes = Number(text);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw new S3Error('InvalidArgument', 'The announced length is not a number of bytes.');
  if (sizeBytes > MAX_PAYLOAD_BYTES) throw new S3Error('EntityTooLarge');
  return sizeBytes;
}

function promisedDigests(call: S3Call, sha256: string): PayloadPromise {
  const promise: PayloadPromise = {};
  const md5 = call.headers.get('content-md5');
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16) throw new S3Error('InvalidDigest');
    promise.md5 = md5;
  }
  if (/^[0-9a-f]{64}$/.test(sha256)) promise.sha256 = sha256;
  const checksum = declaredChecksum(call.headers);
  if (checksum) promise.checksum = checksum;
  return promise;
}

function chunkSigning(call: S3Call, kind: string): SigningContext | undefined {
  if (kind === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return undefined;
  if (kind === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' || kind === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER')
    return call.signing;
  throw new S3Error('NotImplemented', `The payload kind ${kind} is not supported here.`);
}
