/**
 * The object key behind the path of a media URL, taken apart before it is decoded, so that no encoded slash, dot segment,
 * backslash or second round of encoding can lead elsewhere than its looks.
 *
 * @param url the request's URL, still encoded
 * @returns undefined for whatever no key of ours looks like
 */
export function mediaKeyOf(url: string): string | undefined {
  const path = /^[a-z]+:\/\/[^/]*\/media\/([^?#]*)/i.exec(url)?.[1];
  if (path === undefined) return undefined;
  const segments: string[] = [];
  for (const encoded of path.split('/')) {
    const segment = decodeOnce(encoded);
    if (segment === undefined || !isPlain(segment)) return undefined;
    segments.push(segment);
  }
  return segments.join('/');
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isPlain(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false;
  // What is left of a percent sign after one decoding is a second encoding.
  return segment.isWellFormed() && !/[/\\%\p{Cc}]/u.test(segment);
}
