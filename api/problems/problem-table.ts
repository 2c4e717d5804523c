import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ErrorCode } from '#domain/errors.ts';

/** How one code of the domain looks over HTTP. */
export interface ProblemKind {
  readonly status: ContentfulStatusCode;
  /** The same for every occurrence (RFC 9457 section 3.1.3). */
  readonly title: string;
  /** What a client can do about it; shown at /problems. */
  readonly advice: string;
  /** After how long the same request can succeed, where waiting is the remedy. */
  readonly retryAfterSeconds?: number;
}

/** Every refusal as RFC 9457 sees it. A new code of the domain does not compile until it has a row. */
export const PROBLEM_KINDS = {
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    advice: 'Send one JSON value in UTF-8.',
  },
  invalid_request: {
    status: 422,
    title: 'The request is not valid',
    advice: '`errors` names each member that is wrong. Members that are not documented are refused.',
  },
  invalid_cursor: {
    status: 422,
    title: 'The cursor is not one of ours',
    advice: 'Pass `nextCursor` of the previous page as it is, or start without a cursor.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not supported',
    advice:
      'Send `Content-Type: application/json`; a file as the body of /api/videos has its own type, one of /api/upload-policies.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    advice: 'Send a file in parts: create a video and an upload, and PUT the parts to their URLs.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    advice: 'The `Allow` header lists the methods of this path.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who you are is not known',
    advice: 'Send a valid bearer token; webhooks are signed instead.',
  },
  forbidden: {
    status: 403,
    title: 'You may not do this',
    advice: 'The token lacks the scope that this operation needs, or is not that of the user named.',
  },
  not_found: { status: 404, title: 'Nothing is here', advice: 'Check the path against /openapi.json.' },
  video_not_found: {
    status: 404,
    title: 'No such video',
    advice: 'It never was, it was deleted, or another owner has it.',
  },
  upload_not_found: {
    status: 404,
    title: 'No such upload session',
    advice: 'Its video may be deleted. Create a new session.',
  },
  illegal_transition: {
    status: 409,
    title: 'The present state does not allow this',
    advice: '`from` and `to` name the states. Read the resource again before the next step.',
  },
  completing: {
    status: 409,
    title: 'The upload is just being completed',
    advice: 'Wait, then read the session.',
    retryAfterSeconds: 2,
  },
  upload_conflict: {
    status: 409,
    title: 'Another upload of this video is under way',
    advice: 'Finish or cancel it first, or send the same type and size to be given that session.',
  },
  upload_paused: { status: 409, title: 'The upload is paused', advice: 'Resume it first.' },
  parts_missing: {
    status: 409,
    title: 'Parts are missing in storage',
    advice: '`missing` lists their numbers as ranges. Sign them, PUT them, complete again.',
  },
  parts_mismatch: {
    status: 409,
    title: 'Stored parts are not the ones meant',
    advice: 'Upload the named parts again, then complete.',
  },
  source_unavailable: {
    status: 409,
    title: 'There is no usable source',
    advice: 'Create a new upload session and send the file again.',
  },
  source_archived: {
    status: 409,
    title: 'The source is archived',
    advice: 'It is being brought back, which takes 3 to 12 hours. Repeat the request then.',
    retryAfterSeconds: 3600,
  },
  source_not_probed: {
    status: 409,
    title: 'The source has not been looked at',
    advice:
      'Ask again once the video is TRANSCODING: its length and size are known then. A ready-made HLS set is never transcoded and has no estimate.',
  },
  precondition_failed: {
    status: 412,
    title: 'It was changed in the meantime',
    advice: 'Read it again and repeat the change with its present ETag.',
  },
  upload_expired: {
    status: 410,
    title: 'The upload session has expired',
    advice: 'Create a new session.',
  },
  upload_closed: {
    status: 409,
    title: 'The upload session has ended',
    advice: 'Create a new session.',
  },
  unsupported_format: {
    status: 422,
    title: 'This kind of file is not accepted',
    advice: '/api/upload-policies lists formats and MIME types.',
  },
  file_too_large: {
    status: 422,
    title: 'The file is too large',
    advice: '/api/upload-policies tells the limit.',
  },
  empty_file: { status: 422, title: 'The file is empty', advice: 'Choose a file that has content.' },
  part_out_of_range: {
    status: 422,
    title: 'There is no such part',
    advice: 'Parts are numbered from 1 to `partCount`.',
  },
  policy_unsupported: {
    status: 422,
    title: 'This playback policy is not supported',
    advice: 'Use `public`.',
  },
  policy_unknown: {
    status: 422,
    title: 'There is no such upload policy',
    advice: '/api/upload-policies lists them.',
  },
  transcoder_unavailable: {
    status: 422,
    title: 'This transcoder is not set up here',
    advice: 'Name one that the deployment has, or none: then its own choice holds.',
  },
  output_incomplete: {
    status: 409,
    title: 'The outputs are not complete in storage',
    advice: 'Store every playlist and segment under the prefix of the job, then notify again.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this key still runs',
    advice: 'Repeat it a little later with the same `Idempotency-Key`.',
    retryAfterSeconds: 1,
  },
  idempotency_mismatch: {
    status: 422,
    title: 'This key was used for another request',
    advice: 'Use a new `Idempotency-Key` for each new request.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many uploads were begun',
    advice: '`Retry-After` says when the next one may begin; /api/upload-policies tells the limit.',
  },
  grant_used_up: {
    status: 403,
    title: 'The upload grant begins no more uploads',
    advice: 'It has run out or was used as often as it may be. Ask your server for a new one.',
  },
  upload_locked: {
    status: 423,
    title: 'Another request writes to this upload',
    advice: 'Ask for the offset again, then go on from there.',
    retryAfterSeconds: 5,
  },
  offset_conflict: {
    status: 409,
    title: 'The bytes begin at another offset than is stored',
    advice: 'Ask for the offset by HEAD and send from there.',
  },
  checksum_mismatch: {
    status: 422,
    title: 'The bytes are not those of the checksum',
    advice: 'Nothing of them was kept: send them again. tus says 460 instead of 422.',
  },
  protocol_version: {
    status: 412,
    title: 'This version of the tus protocol is not spoken here',
    advice: 'Send `Tus-Resumable: 1.0.0`.',
  },
  too_busy: {
    status: 503,
    title: 'Too many uploads at this moment',
    advice: 'Repeat the request later; what is stored stays.',
    retryAfterSeconds: 5,
  },
  playlist_not_found: {
    status: 404,
    title: 'No such playlist',
    advice: 'It never was, or another owner has it.',
  },
  webhook_endpoint_not_found: {
    status: 404,
    title: 'No such webhook endpoint',
    advice: 'It never was, it was deleted, or another owner has it.',
  },
  delivery_not_found: {
    status: 404,
    title: 'No such delivery',
    advice: 'It never was, or it is older than what is kept.',
  },
  webhook_url_forbidden: {
    status: 422,
    title: 'This address may not be called',
    advice: 'Use a public https:// address. Addresses inside a network are refused.',
  },
  webhook_endpoint_disabled: {
    status: 409,
    title: 'This webhook endpoint is disabled',
    advice: '`disabledReason` says why. PATCH it with `enabled: true` first.',
  },
  already_delivered: {
    status: 409,
    title: 'This was delivered',
    advice: 'A finished playlist is reported once. Nothing is left to do.',
  },
  too_many_endpoints: {
    status: 409,
    title: 'There are too many webhook endpoints',
    advice: 'Delete one that is no longer needed.',
  },
  too_many_set_files: {
    status: 422,
    title: 'Too many files at once',
    advice: 'Send fewer files, or longer segments.',
  },
  hls_set_invalid: {
    status: 422,
    title: 'These files are no HLS set',
    advice: 'A set needs one master playlist at its top; every path is relative and plain.',
  },
  move_refused: {
    status: 409,
    title: 'The library cannot be moved as things are',
    advice: 'The detail says what is missing.',
  },
  auth_unavailable: {
    status: 503,
    title: 'The issuer of tokens does not answer',
    advice: 'The token may be good: repeat the request later.',
    retryAfterSeconds: 5,
  },
  storage_unavailable: {
    status: 503,
    title: 'Storage does not answer',
    advice: 'Repeat the request later.',
    retryAfterSeconds: 5,
  },
  delivery_unavailable: {
    status: 503,
    title: 'The CDN does not take the order',
    advice: 'The detail says why: repeat it later, or set right what it names.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database does not answer',
    advice: 'Repeat the request later.',
    retryAfterSeconds: 5,
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    advice: 'Tell the operator the `requestId`.',
  },
} as const satisfies Record<ErrorCode, ProblemKind>;
