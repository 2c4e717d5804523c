import { Readable } from 'node:stream';
import { SourceFailure } from './s3-call.ts';
import { CallTimeout } from './s3-errors.ts';
import { StorageError } from './storage-errors.ts';

/** A stream on its way into storage. `stop` ends its watch and, where it was not read to its end, the source. */
export interface UploadBody {
  readonly body: Readable;
  stop(): void;
}

/**
 * Lets `source` through to storage and watches: storage may let no more than `idleTimeoutMs` pass without taking a
 * chunk or, after the last one, without answering. A slow source is the caller's matter and stops no clock. The length
 * has to be exact, because bytes beyond Content-Length would be read by the server as the next request.
 */
export function uploadBody(
  source: Readable,
  sizeBytes: number,
  idleTimeoutMs: number,
  fail: (error: Error) => void,
): UploadBody {
  let timer: NodeJS.Timeout | undefined;
  const storageMayTake = () => {
    timer = setTimeout(
      () => fail(new CallTimeout(`storage took no data for ${idleTimeoutMs / 1000} s`)),
      idleTimeoutMs,
    );
  };

  async function* watched() {
    let sentBytes = 0;
    for await (const chunk of chunksOf(source)) {
      sentBytes += chunk.length;
      if (sentBytes > sizeBytes) throw wrongLength(`more than the ${sizeBytes}`);
      storageMayTake();
      yield chunk;
      clearTimeout(timer);
    }
    if (sentBytes < sizeBytes) throw wrongLength(`only ${sentBytes} of the ${sizeBytes}`);
    storageMayTake();
  }

  // The SDK pipes the body and so never hears its errors: without this the request would wait for ever.
  const body = Readable.from(watched()).on('error', fail);
  return {
    body,
    stop: () => {
      clearTimeout(timer);
      body.destroy();
      source.destroy();
    },
  };
}

async function* chunksOf(source: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (cause) {
    throw new SourceFailure('the stream to be stored failed', { cause });
  }
}

function wrongLength(given: string): StorageError {
  return new StorageError('rejected', `the stream gave ${given} bytes announced`);
}

/** What `downloadBody` has to know of the answer. */
export interface DownloadOptions {
  /** Bytes that have to come. */
  readonly sizeBytes: number;
  /** How long storage may owe the next byte. A reader that pauses stops the clock. */
  readonly idleTimeoutMs: number;
  toError(error: Error): StorageError;
}

/** An answer's body as the port promises it: its errors are StorageErrors, and destroying it frees the socket. */
export function downloadBody(answer: Readable, options: DownloadOptions): Readable {
  return new DownloadBody(answer, options);
}

class DownloadBody extends Readable {
  readonly #answer: Readable;
  readonly #options: DownloadOptions;
  readonly #idle: NodeJS.Timeout;
  #missingBytes: number;
  #owed = false;
  #ended = false;

  constructor(answer: Readable, options: DownloadOptions) {
    super({ highWaterMark: 256 * 1024 });
    this.#answer = answer;
    this.#options = options;
    this.#missingBytes = options.sizeBytes;
    this.#idle = setTimeout(() => this.#onIdle(), options.idleTimeoutMs);
    answer.on('data', (chunk: Buffer) => this.#onData(chunk));
    answer.once('end', () => this.#onEnd());
    answer.once('error', (error) => this.destroy(options.toError(error)));
    answer.once('close', () => this.#onEnd());
    answer.pause();
  }

  override _read(): void {
    if (this.#owed) return;
    this.#owed = true;
    this.#idle.refresh();
    this.#answer.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#answer.destroy();
    done(error);
  }

  #onData(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#missingBytes -= chunk.length;
    if (this.push(chunk)) {
      this.#idle.refresh();
      return;
    }
    this.#owed = false;
    this.#answer.pause();
  }

  #onIdle(): void {
    if (!this.#owed) return;
    const seconds = this.#options.idleTimeoutMs / 1000;
    this.destroy(this.#options.toError(new CallTimeout(`storage sent no data for ${seconds} s`)));
  }

  #onEnd(): void {
    if (this.#ended || this.destroyed) return;
    this.#ended = true;
    clearTimeout(this.#idle);
    if (this.#missingBytes === 0) this.push(null);
    else this.destroy(this.#options.toError(new CallTimeout(`cut off, ${this.#missingBytes} bytes missing`)));
  }
}
