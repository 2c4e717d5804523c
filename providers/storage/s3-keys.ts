/**
 * A key as SigV4 wants it in a URL path and S3 wants it in `x-amz-copy-source`: UTF-8, every byte percent-encoded but
 * the unreserved ones of RFC 3986 and the slash.
 */
export function encodeKey(key: string): string {
  return encodeQueryValue(key).replaceAll('%2F', '/');
}

/** A query value by RFC 3986: encodeURIComponent and the five characters that it leaves alone. */
export function encodeQueryValue(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * A key out of a listing. With `encoding-type=url` S3 writes keys as form values, a space as `+`. Servers that do not
 * know the parameter do not echo it and send the key as it is.
 */
export function decodeListedKey(key: string, encodingType: string | undefined): string {
  return encodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}

/** ETags travel in quotes; the port has them bare. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

/** The form in which If-Match conditions carry an ETag (RFC 9110, section 8.8.3). */
export function quotedEtag(etag: string): string {
  return `"${bareEtag(etag)}"`;
}
