import type { Context } from 'hono';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { textFault } from '#api/middleware/text-faults.ts';
import { fieldProblems } from '#api/problems/validation-hook.ts';
import { DomainError } from '#domain/errors.ts';
import { titleOf } from '../file-members.ts';
import { bodyMaxBytes, tooLargeForBody } from './body-limits.ts';
import { type OpenForm, readForm } from './form-body.ts';
import type { ComingVideo } from './receive-video.ts';
import { atMost, begin, requestBody } from './request-body.ts';
import { VideoWords } from './schemas.ts';

/** What a form may hold beside its file. */
const FORM_OVERHEAD_BYTES = 1024 ** 2;

type Words = { title?: string; description?: string | null };

/**
 * What a request carries: the file itself, a form with a file in it, or neither, which is another contract's business.
 *
 * @param contentType as the header has it
 */
export function kindOfBody(contentType: string | undefined): 'file' | 'form' | 'other' {
  const type = (contentType?.split(';')[0] ?? '').trim().toLowerCase();
  if (type.startsWith('video/')) return 'file';
  return type === 'multipart/form-data' ? 'form' : 'other';
}

/**
 * A body that is the file; its title may stand in the query. Nothing is read before the length is looked at.
 * Throws DomainError `body_too_large`, `empty_file`, `invalid_request`, MalformedRequest.
 */
export async function fileBody(c: Context<ApiEnvironment>, contentType: string): Promise<ComingVideo> {
  const words = wordsOf(c.req.query());
  const sizeBytes = declaredLength(c);
  const { settings } = c.get('context');
  if (sizeBytes !== null && sizeBytes > bodyMaxBytes(settings)) throw tooLargeForBody(settings);
  const { isEmpty, bytes, close } = await begin(requestBody(c));
  if (isEmpty) throw empty();
  return { title: titleOf(''), ...words, contentType, sizeBytes, bytes, close };
}

/** A form with a file in it, whose text fields may stand before the file or behind it. */
export interface ComingForm extends ComingVideo {
  /** What came behind the file. To be asked when all of it has come. */
  lateWords(): Words;
}

/** Throws DomainError `body_too_large`, `empty_file`, `invalid_request`, `unsupported_media_type`, MalformedRequest. */
export async function formBody(c: Context<ApiEnvironment>, contentType: string): Promise<ComingForm> {
  const { settings } = c.get('context');
  const maxBytes = bodyMaxBytes(settings) + FORM_OVERHEAD_BYTES;
  if ((declaredLength(c) ?? 0) > maxBytes) throw tooLargeForBody(settings);
  const body = atMost(requestBody(c), maxBytes, () => tooLargeForBody(settings));
  const form = await readForm(body, contentType);
  const { isEmpty, bytes, close } = await begin(form.file);
  if (isEmpty) throw empty();
  const early = wordsUnless(close, form);
  // Words that cannot be taken end the upload, also those behind the file: it counts only as a whole.
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* bytes;
    wordsOf(Object.fromEntries(form.fields));
  }
  return {
    title: titleOf(form.fileName),
    ...early,
    contentType: form.contentType,
    fileName: form.fileName,
    sizeBytes: null,
    bytes: whole(),
    close,
    lateWords() {
      const all = wordsOf(Object.fromEntries(form.fields));
      const isLate = (name: string) => !Object.hasOwn(early, name);
      return Object.fromEntries(Object.entries(all).filter(([name]) => isLate(name)));
    },
  };
}

/** As `wordsOf`; a form that says what cannot be taken, or names its file so, is not read on. */
function wordsUnless(close: () => void, { fields, fileName }: OpenForm): Words {
  try {
    const fault = textFault({ file: fileName });
    if (fault)
      throw new DomainError('invalid_request', 'The name of the file cannot be taken.', { fields: [fault] });
    return wordsOf(Object.fromEntries(fields));
  } catch (error) {
    close();
    throw error;
  }
}

/** Throws DomainError `invalid_request`. */
function wordsOf(given: Record<string, string>): Words {
  const fault = textFault(given);
  const parsed = VideoWords.safeParse(given);
  if (parsed.success && !fault) return definedMembers(parsed.data);
  const fields = fault ? [fault] : (parsed.error?.issues ?? []).flatMap(fieldProblems);
  throw new DomainError('invalid_request', `${fields.length} of the members sent cannot be taken.`, {
    fields,
  });
}

/** Null for a body in chunks. */
function declaredLength(c: Context<ApiEnvironment>): number | null {
  const header = c.req.header('content-length');
  return header === undefined || c.req.header('transfer-encoding') !== undefined ? null : Number(header);
}

function empty(): DomainError {
  const message = 'the file is empty';
  return new DomainError('empty_file', message, { fields: [{ field: 'file', message }] });
}
