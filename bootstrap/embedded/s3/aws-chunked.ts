import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { S3Error } from './s3-error.ts';
import { hmac, type SigningContext, sameHex, sha256Hex } from './sigv4.ts';

/** Bound on a chunk's header line and on all trailers together; real ones are below 200 bytes. */
const MAX_LINE_BYTES = 16_384;

/**
 * Decodes `Content-Encoding: aws-chunked`: `<hex size>[;chunk-signature=<hex>]CRLF <data> CRLF ... 0 CRLF <trailers>`.
 *
 * With a signing context every chunk's signature, and the trailers', is verified (a bad one ends the stream with
 * SignatureDoesNotMatch); without one the chunks are unsigned. `trailers` is complete when the stream has ended.
 * Source: Amazon S3 API reference, "Signature calculations ... Transferring payload in multiple chunks".
 */
export class AwsChunkedDecoder extends Transform {
  readonly trailers = new Map<string, string>();
  readonly #signing: SigningContext | undefined;
  #previousSignature: string;
  #pending: Buffer = Buffer.alloc(0);
  #state: 'header' | 'data' | 'line-end' | 'trailers' = 'header';
  #bytesLeft = 0;
  #chunkSignature = '';
  #chunkHash: Hash = createHash('sha256');

  constructor(signing?: SigningContext) {
    super();
    this.#signing = signing;
    this.#previousSignature = signing?.signature ?? '';
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pending = this.#pending.length > 0 ? Buffer.concat([this.#pending, bytes]) : bytes;
    try {
      while (this.#step());
      if (this.#state !== 'data' && this.#pending.length > MAX_LINE_BYTES)
        throw new S3Error('IncompleteBody', 'The aws-chunked body has an endless line.');
      done();
    } catch (error) {
      done(error instanceof Error ? error : new S3Error('IncompleteBody'));
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      if (this.#state !== 'trailers') throw new S3Error('IncompleteBody');
      this.#readTrailers(this.#pending.toString('latin1'));
      done();
    } catch (error) {
      done(error instanceof Error ? error : new S3Error('IncompleteBody'));
    }
  }

  /** Consumes one piece of what is pending; false when more bytes are needed. */
  #step(): boolean {
    if (this.#state === 'header') return this.#readHeader();
    if (this.#state === 'data') return this.#readData();
    if (this.#state === 'trailers' || this.#pending.length < 2) return false;
    this.#pending = this.#pending.subarray(2);
    this.#state = 'header';
    return true;
  }

  #readHeader(): boolean {
    const lineEnd = this.#pending.indexOf('\r\n');
    if (lineEnd < 0) return false;
    const line = this.#pending.toString('latin1', 0, lineEnd);
    const parsed = /^([0-9a-f]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line);
    if (!parsed) throw new S3Error('IncompleteBody', 'The aws-chunked body cannot be read.');
    this.#pending = this.#pending.subarray(lineEnd + 2);
    this.#bytesLeft = Number.parseInt(parsed[1] ?? '', 16);
    this.#chunkSignature = parsed[2] ?? '';
    this.#state = 'data';
    if (this.#bytesLeft === 0) {
      this.#endChunk();
      this.#state = 'trailers';
    }
    return true;
  }

  #readData(): boolean {
    const data = this.#pending.subarray(0, this.#bytesLeft);
    if (data.length === 0) return false;
    if (this.#signing) this.#chunkHash.update(data);
    this.push(data);
    this.#bytesLeft -= data.length;
    this.#pending = this.#pending.subarray(data.length);
    if (this.#bytesLeft === 0) {
      this.#endChunk();
      this.#state = 'line-end';
    }
    return true;
  }

  #endChunk(): void {
    const bodyHash = this.#chunkHash.digest('hex');
    this.#chunkHash = createHash('sha256');
    this.#verify(
      'AWS4-HMAC-SHA256-PAYLOAD',
      `${sha256Hex('')}\n${this.#signing ? bodyHash : ''}`,
      this.#chunkSignature,
    );
  }

  #verify(kind: string, hashes: string, signature: string): void {
    if (!this.#signing) return;
    const { signingKey, date, scope } = this.#signing;
    const text = [kind, date, scope, this.#previousSignature, hashes].join('\n');
    if (!sameHex(signature, hmac(signingKey, text))) throw new S3Error('SignatureDoesNotMatch');
    this.#previousSignature = signature;
  }

  #readTrailers(text: string): void {
    let canonical = '';
    let signature: string | undefined;
    for (const line of text.split(/\r?\n/).filter((part) => part !== '')) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new S3Error('MalformedTrailerError');
      const name = line.slice(0, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (name === 'x-amz-trailer-signature') signature = value;
      else {
        this.trailers.set(name, value);
        canonical += `${name}:${value}\n`;
      }
    }
    if (canonical !== '') this.#verify('AWS4-HMAC-SHA256-TRAILER', sha256Hex(canonical), signature ?? '');
  }
}
