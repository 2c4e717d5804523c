import { S3Error } from './s3-error.ts';

const MAX_PAGE = 1000;

export interface Page<Item> {
  items: Item[];
  commonPrefixes: string[];
  truncated: boolean;
  /** The last item of the page, whether shown itself or by its common prefix. */
  last: Item | undefined;
  /** What a key-based listing goes on after. */
  nextAfter: string;
}

/**
 * One page of a listing in key order, keys below a delimiter rolled up into common prefixes, each of which counts
 * as one entry. `rows` must start at the prefix; `shownPrefix` is a common prefix that an earlier page ended with.
 */
export function pageOf<Item extends { key: string }>(
  rows: Iterable<Item>,
  options: { prefix: string; delimiter: string; maxEntries: number; shownPrefix: string },
): Page<Item> {
  const { prefix, delimiter, maxEntries, shownPrefix } = options;
  const page: Page<Item> = {
    items: [],
    commonPrefixes: [],
    truncated: false,
    last: undefined,
    nextAfter: '',
  };
  if (maxEntries === 0) return page;
  for (const row of rows) {
    if (!row.key.startsWith(prefix)) break;
    const at = delimiter === '' ? -1 : row.key.indexOf(delimiter, prefix.length);
    const common = at < 0 ? undefined : row.key.slice(0, at + delimiter.length);
    if (common !== undefined && (common === page.commonPrefixes.at(-1) || common === shownPrefix)) continue;
    if (page.items.length + page.commonPrefixes.length === maxEntries) {
      page.truncated = true;
      break;
    }
    if (common === undefined) page.items.push(row);
    else page.commonPrefixes.push(common);
    page.last = row;
    page.nextAfter = common ?? row.key;
  }
  return page;
}

/** A page size parameter: 1000 when absent or larger; InvalidArgument when not a whole number from 0 on. */
export function pageSize(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null || text === '') return MAX_PAGE;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 0 || size > 2 ** 31 - 1)
    throw new S3Error('InvalidArgument', `${name} must be an integer between 0 and 2147483647.`);
  return Math.min(size, MAX_PAGE);
}
