/** Where a request's four preconditions stand: `If-Match` itself, or the copy source's variant of it. */
export type ConditionPrefix = 'if-' | 'x-amz-copy-source-if-';

/**
 * Evaluates match, unmodified-since, none-match and modified-since in the order of RFC 9110 section 13.2.2.
 * 'failed' means 412; 'unchanged' means 304 for a read and 412 for a copy. Dates that cannot be read are ignored.
 */
export function readCondition(
  headers: ReadonlyMap<string, string>,
  prefix: ConditionPrefix,
  object: { etag: string; modifiedAtMs: number },
): 'holds' | 'failed' | 'unchanged' {
  const header = (name: string) => headers.get(prefix + name);
  // HTTP dates have whole seconds.
  const modifiedAtMs = Math.floor(object.modifiedAtMs / 1000) * 1000;
  const [match, noneMatch] = [header('match'), header('none-match')];
  if (match !== undefined) {
    if (!matches(match, object.etag)) return 'failed';
  } else if (modifiedAtMs > dateMs(header('unmodified-since'))) return 'failed';
  if (noneMatch !== undefined) return matches(noneMatch, object.etag) ? 'unchanged' : 'holds';
  return modifiedAtMs <= dateMs(header('modified-since')) ? 'unchanged' : 'holds';
}

/** An ETag without its quotes and weakness mark: clients send it either way. */
export function bareEtag(etag: string): string {
  return etag.trim().replace(/^W\//, '').replaceAll('"', '');
}

function matches(list: string, etag: string): boolean {
  return list.split(',').some((item) => item.trim() === '*' || bareEtag(item) === etag);
}

/** NaN, with which every comparison is false, for an absent or unreadable date. */
function dateMs(text: string | undefined): number {
  return text === undefined ? Number.NaN : Date.parse(text);
}
