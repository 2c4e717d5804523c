/** A key as the path of a URL, without a slash before it: whatever is in a key stays in the path (RFC 3986). */
export function keyPath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
