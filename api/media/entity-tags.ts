/** True when an If-None-Match header names `etag` (RFC 9110 section 13.1.2: weak comparison). */
export function noneMatchNames(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}

/** True when an If-Range header lets the range stand: strong comparison, dates are not honoured (section 13.1.5). */
export function ifRangeHolds(header: string, etag: string): boolean {
  return header.trim() === etag;
}
