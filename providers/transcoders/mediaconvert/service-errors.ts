import { TranscodeFailure, TranscoderUnavailable } from '../transcoder.ts';
import { scrubbed } from './scrubbed.ts';

/** What is read of an error thrown by the SDK, by Node's network code or by a time-out. */
interface RawError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly errors?: readonly { message?: string; code?: string }[];
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

/** What an error of a call means. `missing` and `conflict` are for the caller to judge. */
export type ServiceErrorKind = 'throttled' | 'unreachable' | 'refused' | 'missing' | 'conflict' | 'rejected';

// The service's own exceptions (API Reference, "Errors"), then those that any AWS endpoint answers with.
const KIND_OF_NAME: Readonly<Record<string, ServiceErrorKind>> = {
  TooManyRequestsException: 'throttled',
  ServiceQuotaExceededException: 'throttled',
  InternalServerErrorException: 'unreachable',
  ForbiddenException: 'refused',
  NotFoundException: 'missing',
  ConflictException: 'conflict',
  BadRequestException: 'rejected',

  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  RequestLimitExceeded: 'throttled',
  LimitExceededException: 'throttled',
  ValidationException: 'rejected',
  AccessDenied: 'refused',
  AccessDeniedException: 'refused',
  ExpiredToken: 'refused',
  ExpiredTokenException: 'refused',
  IncompleteSignature: 'refused',
  InvalidClientTokenId: 'refused',
  InvalidSignatureException: 'refused',
  MissingAuthenticationTokenException: 'refused',
  OptInRequired: 'refused',
  RequestExpired: 'refused',
  SignatureDoesNotMatch: 'refused',
  UnrecognizedClientException: 'refused',
  // Of the SDK itself, when its chain finds nothing.
  CredentialsProviderError: 'refused',
  TokenProviderError: 'refused',
};

/** Errors of a connection that was never made: nothing was sent. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** The kind of any error that a call threw. What is none of the protocol's counts as not reached. */
export function kindOf(thrown: unknown): ServiceErrorKind {
  const error = rawError(thrown);
  const known = KIND_OF_NAME[error.name ?? ''];
  if (known) return known;
  const status = statusOf(error);
  if (status === 429) return 'throttled';
  return status === 401 || status === 403 ? 'refused' : 'unreachable';
}

/** True when the request cannot have arrived. */
export function neverSent(thrown: unknown): boolean {
  const error = rawError(thrown);
  const codes = [error.code, ...(error.errors ?? []).map(({ code }) => code)];
  return error.name === 'CredentialsProviderError' || codes.some((code) => NEVER_SENT.includes(code ?? ''));
}

/**
 * The error in the port's words: TranscodeFailure, final, for a request that the service will never take, else
 * TranscoderUnavailable. One line without ARN, bucket or account.
 *
 * @param action as in policies: `CreateJob`
 * @param maybeAccepted whether an earlier try of the same call may have arrived
 */
export function portError(
  thrown: unknown,
  action: string,
  maybeAccepted = false,
): TranscodeFailure | TranscoderUnavailable {
  const error = rawError(thrown);
  const kind = kindOf(thrown);
  const said = saidBy(error);
  const cause = new Error(`${error.name ?? 'Error'} ${statusOf(error) || ''}`.trim());
  switch (kind) {
    case 'rejected':
      return new TranscodeFailure('TRANSCODE_ERROR', `MediaConvert rejected ${action}: ${said}`, {
        isFinal: true,
        cause,
      });
    case 'throttled':
      return new TranscoderUnavailable('transcoder_throttled', `MediaConvert asks to wait: ${said}`, {
        retryAfterSeconds: retryAfterSeconds(error),
        maybeAccepted,
        cause,
      });
    case 'refused':
    case 'missing':
      // What CreateJob misses is the queue or the role: people have to act.
      return new TranscoderUnavailable('transcoder_refused', `MediaConvert refused ${action}: ${said}`, {
        maybeAccepted,
        cause,
      });
    case 'conflict':
    case 'unreachable':
      return new TranscoderUnavailable('transcoder_unreachable', `MediaConvert does not answer: ${said}`, {
        retryAfterSeconds: retryAfterSeconds(error),
        maybeAccepted,
        cause,
      });
  }
}

function rawError(thrown: unknown): RawError {
  return typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) };
}

function statusOf({ $metadata, $response }: RawError): number {
  return $response?.statusCode ?? $metadata?.httpStatusCode ?? 0;
}

function saidBy(error: RawError): string {
  // An AggregateError (one failure per address tried) has no message of its own.
  const message = error.message || error.errors?.[0]?.message || error.code || 'no answer';
  const status = statusOf(error);
  return scrubbed(`${error.name ?? 'Error'}${status >= 400 ? ` (${status})` : ''}: ${message}`);
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterSeconds({ $response }: RawError): number | null {
  const given = $response?.headers?.['retry-after'];
  if (given === undefined) return null;
  const seconds = /^\d+$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
}
