import { HTTPException } from 'hono/http-exception';
import { DomainError, type ErrorCode } from '#domain/errors.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import { isDatabaseUnavailable } from './database-faults.ts';
import type { Refusal } from './problem.ts';

/** A request that HTTP itself already forbids, for instance with broken percent-encoding. Answers 400. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

/** The framework's own refusals, by status. */
const CODE_OF_STATUS: { readonly [status: number]: ErrorCode } = {
  400: 'malformed_json',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

/**
 * Anything thrown while a request was served, as a refusal.
 *
 * @returns undefined for what nobody expected: the caller logs it and answers `internal`
 */
export function refusalOfError(error: unknown): Refusal | undefined {
  if (error instanceof DomainError)
    return { code: error.code, detail: error.message, fields: error.fields, members: error.members };
  if (error instanceof MalformedRequest)
    return { code: 'invalid_request', detail: error.message, status: 400 };
  // Any other storage code that gets this far is a fault of set-up (a key, a bucket), so it stays `internal`.
  if (isStorageError(error, 'unavailable'))
    return { code: 'storage_unavailable', detail: 'Storage did not answer in time; nothing was changed.' };
  if (isDatabaseUnavailable(error))
    return { code: 'database_unavailable', detail: 'The database did not answer; nothing was changed.' };
  if (error instanceof HTTPException) {
    const code = CODE_OF_STATUS[error.status];
    if (code) return { code, detail: error.message || 'The request was refused.' };
  }
  return undefined;
}
