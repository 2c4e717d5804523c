import { StorageError, type StorageErrorCode } from './storage-errors.ts';

/** What a call was about, for the line that an operator reads. */
export interface CallSubject {
  /** The S3 action, as in policies: `PutObject`. */
  readonly action: string;
  readonly bucket: string;
  readonly key?: string;
}

/** What is read of an error thrown by the SDK, by Node's network code or by a time-out of ours. */
interface RawError {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly errors?: readonly { message?: string }[];
  readonly Region?: string;
  readonly $metadata?: { httpStatusCode?: number; requestId?: string };
  readonly $response?: { statusCode?: number; headers?: Record<string, string | undefined> };
}

/** A step of ours took too long. Travels as any cut connection does. */
export class CallTimeout extends Error {
  override readonly name = 'TimeoutError';
}

// S3's own codes (API reference, "Error responses"), and those that other servers use for the same thing.
const BY_CODE: { readonly [code: string]: StorageErrorCode } = {
  NoSuchKey: 'object_not_found',
  NoSuchVersion: 'object_not_found',
  NoSuchBucket: 'bucket_not_found',
  NoSuchUpload: 'multipart_not_found',
  PreconditionFailed: 'object_changed',
  InvalidRange: 'range_not_satisfiable',
  InvalidObjectState: 'object_archived',
  InvalidPart: 'parts_rejected',
  InvalidPartOrder: 'parts_rejected',
  EntityTooSmall: 'parts_rejected',
  InvalidAccessKeyId: 'access_refused',
  XAdminUserNotFound: 'access_refused',
  SignatureDoesNotMatch: 'access_refused',
  AccessDenied: 'access_refused',
  AllAccessDisabled: 'access_refused',
  AccountProblem: 'access_refused',
  ExpiredToken: 'access_refused',
  InvalidToken: 'access_refused',
  CredentialsProviderError: 'access_refused',
  RequestTimeTooSkewed: 'clock_skewed',
  RequestExpired: 'clock_skewed',
  RequestInTheFuture: 'clock_skewed',
  RequestTimeout: 'unavailable',
  RequestTimeoutException: 'unavailable',
  SlowDown: 'unavailable',
  ThrottlingException: 'unavailable',
  TooManyRequestsException: 'unavailable',
  TimeoutError: 'unavailable',
  InternalError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  OperationAborted: 'unavailable',
  NotImplemented: 'rejected',
};

// S3 refuses requests dated more than 15 minutes off; a HEAD says so by a bare 403.
const MAX_CLOCK_SKEW_SECONDS = 900;

/** Any error of a storage call in our words: one line, no secret, no signed query. A StorageError passes unchanged. */
export function toStorageError(thrown: unknown, subject: CallSubject): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const error: RawError =
    typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) };
  const code = errorCodeOf(error);
  return new StorageError(code, lineFor(code, error, subject), { cause: slimCause(error) });
}

/** S3 itself said "slower": the next attempt should wait longer than after a cut connection. */
export function isThrottled(thrown: unknown): boolean {
  const error = thrown as RawError | undefined;
  return statusOf(error ?? {}) === 429 || (error?.name ?? '') === 'SlowDown';
}

function errorCodeOf(error: RawError): StorageErrorCode {
  const status = statusOf(error);
  if (status === 403 && Math.abs(clockSkewSeconds(error)) > MAX_CLOCK_SKEW_SECONDS) return 'clock_skewed';
  const known = BY_CODE[nameOf(error)];
  if (known) return known;
  // Only after the names: a HEAD has no body and so no name.
  if (status === 404) return 'object_not_found';
  if (status === 412) return 'object_changed';
  if (status === 416) return 'range_not_satisfiable';
  if (status === 401 || status === 403) return 'access_refused';
  if (status === 429 || (status >= 500 && status !== 501)) return 'unavailable';
  // Node gives every fault of socket, TLS and HTTP parser a code; what has none is a fault of the request itself.
  return status === 0 && typeof error.code === 'string' ? 'unavailable' : 'rejected';
}

function lineFor(code: StorageErrorCode, error: RawError, { action, bucket, key }: CallSubject): string {
  const object = key === undefined ? `bucket ${bucket}` : `object ${key} of bucket ${bucket}`;
  const said = saidBy(error);
  switch (code) {
    case 'object_not_found':
      return `${object} not found`;
    case 'object_changed':
      return `${object} is not the expected version`;
    case 'range_not_satisfiable':
      return `${object} has no such range`;
    case 'object_archived':
      return `${object} is archived and has to be restored before it can be read`;
    case 'restore_unsupported':
      return `storage cannot restore ${object}: ${said}`;
    case 'multipart_not_found':
      return `no such multipart upload of ${object}`;
    case 'parts_rejected':
      return `storage refused the parts of ${object}: ${said}`;
    case 'bucket_not_found':
      return `bucket ${bucket} not found`;
    case 'clock_skewed':
      return `the clock of this machine is off by ${Math.abs(Math.round(clockSkewSeconds(error)))} s, as storage sees it`;
    case 'access_refused':
      return refusalLine(error, action, bucket);
    case 'unavailable':
      return `storage unavailable: ${said}`;
    case 'rejected':
      return `storage rejected ${action} of ${object}: ${said}`;
  }
}

function refusalLine(error: RawError, action: string, bucket: string): string {
  switch (nameOf(error)) {
    case 'InvalidAccessKeyId':
    case 'XAdminUserNotFound':
      return 'storage refused the access key: it does not know it';
    case 'SignatureDoesNotMatch':
      return 'storage refused the access key: its secret does not match';
    case 'ExpiredToken':
    case 'InvalidToken':
      return 'storage refused the access key: its session token is no longer valid';
    case 'CredentialsProviderError':
      return 'no access key for storage: set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY or give the machine a role';
    default:
      return `storage refused the access key: it may not call ${action} on bucket ${bucket}`;
  }
}

function nameOf(error: RawError): string {
  return error.Code ?? error.name ?? '';
}

function statusOf(error: RawError): number {
  return error.$response?.statusCode ?? error.$metadata?.httpStatusCode ?? 0;
}

function clockSkewSeconds(error: RawError): number {
  const serverTimeMs = Date.parse(error.$response?.headers?.date ?? '');
  return Number.isNaN(serverTimeMs) ? 0 : (serverTimeMs - Date.now()) / 1000;
}

/** The shortest true words of storage or of the network, on one line and without any query string. */
function saidBy(error: RawError): string {
  // An AggregateError (one failure per address tried) has no message of its own.
  const message = error.message || error.errors?.[0]?.message || error.code || 'no answer';
  const status = statusOf(error);
  const name = nameOf(error);
  const words =
    status > 0 && name && name !== 'Error' && !message.includes(name) ? `${name}: ${message}` : message;
  return `${words.replace(/\?\S+/g, '').replace(/\s+/g, ' ').trim().slice(0, 200)}${status >= 500 ? ` (${status})` : ''}`;
}

/** The SDK's errors carry canonical requests and whole responses: only what support asks for goes on. */
function slimCause(error: RawError): Error {
  const requestId = error.$metadata?.requestId;
  return new Error(`${nameOf(error) || 'Error'} ${statusOf(error) || ''} ${requestId ?? ''}`.trim());
}
