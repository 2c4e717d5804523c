import { answer } from '#test/support/faults.ts';

const XML = { 'content-type': 'application/xml' };

function s3Error(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

/** S3's word for a signed URL whose time is over; Uppy 5 looks for exactly this message. */
export const expiredUrl = answer(403, s3Error('AccessDenied', 'Request has expired'), XML, 'expired URL');

/** A 403 that says nothing, as from a proxy or a firewall. */
export const forbidden = answer(403, 'Forbidden', { 'content-type': 'text/plain' }, 'other 403');

/** S3 answers so when a connection was idle for about 20 seconds. */
export const requestTimeout = answer(
  400,
  s3Error('RequestTimeout', 'Your socket connection to the server was not read from or written to'),
  XML,
  '400 RequestTimeout',
);

export const unavailable = answer(
  503,
  s3Error('SlowDown', 'Please reduce your request rate.'),
  { ...XML, 'retry-after': '1' },
  '503 Retry-After',
);

/** Says that a part is stored, which it is not. */
export const falseSuccess = answer(200, '', { etag: '"00000000000000000000000000000000"' }, 'false success');
