import { ERRORS } from '@tus/server';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { problemResponse, type Refusal } from '#api/problems/problem.ts';
import { refusalOfError } from '#api/problems/refusal-of-error.ts';
import type { ErrorCode } from '#domain/errors.ts';
import { TUS_VERSION, type TusMethod } from './protocol-headers.ts';
import { TusFault } from './speak-protocol.ts';

/** A checksum that does not match (tus 1.0, checksum extension). */
const CHECKSUM_MISMATCH = 460;
const LOCKED_RETRY_SECONDS = '5';

type StatusByCode = { readonly [C in ErrorCode]?: number };

const ENDED: StatusByCode = { upload_closed: 410, upload_expired: 410, parts_mismatch: 410 };

/**
 * What clients make of a status decides it. tus-js-client begins again with the first byte when HEAD answers anything but
 * 2xx and 423; it gives up for good when PATCH answers 4xx other than 409 and 423, 429 included; it tries again after 5xx.
 */
const STATUS: { readonly [M in TusMethod]: StatusByCode } = {
  POST: { file_too_large: 413, checksum_mismatch: CHECKSUM_MISMATCH },
  HEAD: { ...ENDED, protocol_version: 412 },
  PATCH: {
    ...ENDED,
    upload_paused: 423,
    completing: 423,
    file_too_large: 413,
    checksum_mismatch: CHECKSUM_MISMATCH,
  },
  DELETE: { ...ENDED, completing: 423 },
};
const MISSING: readonly ErrorCode[] = ['upload_not_found', 'not_found'];

/** The answer for anything thrown while a tus request was served. */
export function answerTusError(error: unknown, c: Context<ApiEnvironment>, method: TusMethod): Response {
  const refusal = refusalOf(error);
  if (!refusal) c.get('log').error({ err: error, route: c.get('route') }, 'unexpected error');
  else if (refusal.code.endsWith('_unavailable'))
    c.get('log').warn({ code: refusal.code, err: error }, 'a part behind the API does not answer');
  const known = refusal ?? { code: 'internal', detail: 'The request failed for a reason that is not yours.' };
  // hono's type knows registered codes only, and 460 is none.
  const status = statusOf(known, method) as Refusal['status'];
  const headers = {
    'Tus-Resumable': TUS_VERSION,
    ...(known.code === 'protocol_version' && { 'Tus-Version': TUS_VERSION }),
    ...(status === 423 && { 'Retry-After': LOCKED_RETRY_SECONDS }),
  };
  return problemResponse(c, { ...known, headers, ...(status !== undefined && { status }) });
}

/** Undefined: the usual one of the code. */
function statusOf({ code, status }: Refusal, method: TusMethod): number | undefined {
  const meant = STATUS[method][code];
  if (meant !== undefined) return meant;
  // Whatever keeps us from knowing the offset passes; losing all that was sent would not.
  return method === 'HEAD' && !MISSING.includes(code) ? 423 : status;
}

function refusalOf(error: unknown): Refusal | undefined {
  return error instanceof TusFault ? refusalOfFault(error) : refusalOfError(error);
}

function refusalOfFault({ status, message }: TusFault): Refusal | undefined {
  if (message === ERRORS.ABORTED.body)
    return { code: 'upload_locked', detail: 'A newer request took this upload over' };
  if (status === 404) return { code: 'upload_not_found', detail: message };
  if (status === 409) return { code: 'offset_conflict', detail: 'The bytes begin at another offset' };
  if (status === 412) return { code: 'protocol_version', detail: message };
  if (status === 413) return { code: 'file_too_large', detail: message, status: 413 };
  return status < 500 ? { code: 'invalid_request', detail: message, status: 400 } : undefined;
}
