import { S3Error } from './s3-error.ts';

export interface Target {
  /** The path as sent, still percent-encoded. */
  rawPath: string;
  bucket: string;
  /** Any string: `..` and `//` have no meaning in it. */
  key: string;
  query: URLSearchParams;
}

/**
 * Splits a path-style request target. `URL` is not used: it would resolve `..` and `//`, which are ordinary
 * characters of an S3 key.
 */
export function parseTarget(requestTarget: string): Target {
  if (!requestTarget.startsWith('/')) throw new S3Error('InvalidURI');
  const at = requestTarget.indexOf('?');
  const rawPath = at < 0 ? requestTarget : requestTarget.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : requestTarget.slice(at + 1));
  const path = decodeUri(rawPath.slice(1));
  const slash = path.indexOf('/');
  return slash < 0
    ? { rawPath, bucket: path, key: '', query }
    : { rawPath, bucket: path.slice(0, slash), key: path.slice(slash + 1), query };
}

/** Percent-decodes; a broken sequence is the client's error. */
export function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/** Percent-encodes all but RFC 3986's unreserved characters, as Signature V4 and `encoding-type=url` ask. */
export function encodeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** As {@link encodeUri}, but slashes stay. */
export function encodeUriPath(path: string): string {
  return path.split('/').map(encodeUri).join('/');
}
