import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { DomainError } from '#domain/errors.ts';

/** Text fields are few and short: 5000 characters of four bytes. */
const LIMITS = { files: 1, fields: 20, fieldSize: 20_000, parts: 40, headerSize: 16_000 };

/** A form of which the first file has begun to come. */
export interface OpenForm {
  readonly fileName: string;
  /** Of the file's own part; browsers take it from the extension. */
  readonly contentType: string;
  /** The file. Ends only when the whole form has come: one that breaks off behind the file is no form. */
  readonly file: AsyncIterable<Uint8Array>;
  /** Text fields by name, those that have come so far. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Reads multipart/form-data (RFC 7578) up to its first file; further files are skipped. The file is read on only as it is
 * iterated; an iteration that is given up, before it began too, ends the reading of the body.
 *
 * Throws DomainError `invalid_request` for a form without a file or one that is none, `unsupported_media_type` for a type
 * without a boundary; whatever `body` throws. The iteration throws the same.
 */
export async function readForm(body: AsyncIterable<Uint8Array>, contentType: string): Promise<OpenForm> {
  const parser = parserFor(contentType);
  const fields = collectFields(parser);
  const opened = Promise.withResolvers<[file: BusboyFileStream, fileName: string, type: string]>();
  parser.on('file', (_name, file, fileName, _encoding, type) => {
    // The parser waits for its file to be read; one that nobody reads any more would hold the body for ever.
    file.once('close', () => file.readableEnded || parser.destroy(file.errored ?? new GivenUp()));
    file.on('error', () => undefined);
    opened.resolve([file, fileName, type]);
  });
  const ended = parse(body, parser);
  ended.then(
    () => opened.reject(fault('file', 'is missing: send the video as a file of the form')),
    (error: unknown) => opened.reject(error),
  );
  const [file, fileName, type] = await opened.promise;
  ended.catch((error: unknown) => file.destroy(error instanceof Error ? error : undefined));
  return { fileName, contentType: type, file: wholeForm(file, ended), fields };
}

function wholeForm(file: BusboyFileStream, ended: Promise<void>): AsyncIterable<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = file[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        // Why a file broke off is known to its form.
        const next = await chunks.next().catch(() => null);
        if (next && !next.done) return next;
        await ended;
        return { done: true, value: undefined };
      },
      return() {
        file.destroy();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

/** The iteration of the file was given up; whoever did it knows why. */
class GivenUp extends Error {}

function parserFor(contentType: string): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS });
  } catch (cause) {
    throw new DomainError('unsupported_media_type', 'multipart/form-data needs a boundary.', { cause });
  }
}

function collectFields(parser: BusboyInstance): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  parser.on('field', (name, value, _nameIsCut, valueIsCut) => {
    if (valueIsCut) parser.destroy(fault(name, 'is too long'));
    fields.set(name ?? '', value);
  });
  for (const event of ['fieldsLimit', 'partsLimit'] as const)
    parser.on(event, () => parser.destroy(fault('form', 'has too many parts')));
  return fields;
}

/** Takes the body to the closing boundary. What the body throws is thrown on, what the parser says is a bad form. */
async function parse(body: AsyncIterable<Uint8Array>, parser: BusboyInstance): Promise<void> {
  const broken: unknown[] = [];
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      broken.push(error);
      throw error;
    }
  }
  try {
    await pipeline(Readable.from(watched()), parser);
  } catch (error) {
    if (broken.length > 0) throw broken[0];
    if (error instanceof DomainError || error instanceof GivenUp) throw error;
    throw fault('form', 'must be whole multipart/form-data', error);
  }
}

function fault(field: string | undefined, message: string, cause?: unknown): DomainError {
  return new DomainError('invalid_request', 'The form cannot be taken.', {
    fields: [{ field: field || 'form', message }],
    cause,
  });
}
