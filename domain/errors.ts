/**
 * Every refusal the platform can give, as a closed set. The codes are part of the API; each dialect maps all of them to
 * its own form (a missing one does not compile).
 */
export const ERROR_CODES = [
  'malformed_json',
  'invalid_request',
  'invalid_cursor',
  'unsupported_media_type',
  'body_too_large',
  'method_not_allowed',
  'unauthenticated',
  'forbidden',
  'not_found',
  'video_not_found',
  'upload_not_found',
  'illegal_transition',
  'completing',
  'upload_conflict',
  'upload_paused',
  'parts_missing',
  'parts_mismatch',
  'source_unavailable',
  'source_not_probed',
  'source_archived',
  'precondition_failed',
  'upload_expired',
  'upload_closed',
  'unsupported_format',
  'file_too_large',
  'empty_file',
  'part_out_of_range',
  'policy_unsupported',
  'policy_unknown',
  'transcoder_unavailable',
  'output_incomplete',
  'idempotency_in_progress',
  'idempotency_mismatch',
  'rate_limited',
  'grant_used_up',
  'upload_locked',
  'offset_conflict',
  'checksum_mismatch',
  'protocol_version',
  'too_busy',
  'playlist_not_found',
  'webhook_endpoint_not_found',
  'delivery_not_found',
  'webhook_url_forbidden',
  'webhook_endpoint_disabled',
  'already_delivered',
  'too_many_endpoints',
  'too_many_set_files',
  'hls_set_invalid',
  'move_refused',
  'auth_unavailable',
  'storage_unavailable',
  'delivery_unavailable',
  'database_unavailable',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What is wrong with one member of a request. `field` is a JSON path such as `sourceSizeBytes`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** A refusal by the domain. It knows nothing of HTTP. `detail` is for people and never holds a secret. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldProblem[];
  /** Further members of the answer, for instance `missing: "7,19-20"`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { fields?: readonly FieldProblem[]; members?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
    this.members = options.members ?? {};
  }
}

/** True when `error` is a DomainError with one of the codes. */
export function isDomainError(error: unknown, ...codes: ErrorCode[]): error is DomainError {
  return error instanceof DomainError && (codes.length === 0 || codes.includes(error.code));
}
