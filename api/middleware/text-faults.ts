import type { FieldProblem } from '#domain/errors.ts';

/** Deeper than any body of ours; a recursion over it, here or in a database driver, stays harmless. */
const DEPTH_MAX = 32;

/**
 * Looks for what JSON allows and Postgres does not: NUL bytes and lone surrogates, in values and in names; and for
 * nesting that serves nobody.
 *
 * @param value a parsed JSON value
 * @returns the first fault found, with its path such as `parts[2].etag`
 */
export function textFault(value: unknown): FieldProblem | undefined {
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value: current, path, depth } = next;
    if (typeof current === 'string' && !isStorable(current))
      return fault(path, 'must be valid Unicode text without NUL');
    if (typeof current !== 'object' || current === null) continue;
    if (depth >= DEPTH_MAX) return fault(path, `must not be nested deeper than ${DEPTH_MAX} levels`);
    for (const [name, member] of Object.entries(current)) {
      if (!isStorable(name)) return fault(path, 'must have names without NUL');
      open.push({ value: member, path: memberPath(path, name, Array.isArray(current)), depth: depth + 1 });
    }
  }
  return undefined;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function memberPath(path: string, name: string, inArray: boolean): string {
  if (inArray) return `${path}[${name}]`;
  return path === '' ? name : `${path}.${name}`;
}

function fault(path: string, message: string): FieldProblem {
  return { field: path.slice(0, 200), message };
}
