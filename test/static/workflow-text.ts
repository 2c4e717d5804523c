export type Node = string | readonly Node[] | { readonly [key: string]: Node };

interface Line {
  readonly indent: number;
  readonly text: string;
  /** As it stands in the file; block scalars keep it. */
  readonly raw: string;
}

const KEY = /^("[^"]*"|[\w./-]+):(?: (.*))?$/;

/**
 * Reads the part of YAML that our workflows keep to: mappings, sequences, block scalars by `|`, plain and quoted scalars,
 * comments. Flow collections stay text. Throws for anything else, so that nothing is overlooked by being misread.
 */
export function parseWorkflow(text: string): Node {
  const lines = text
    .split('\n')
    .filter((raw) => raw.trim() !== '' && !raw.trim().startsWith('#'))
    .map((raw): Line => ({ indent: raw.search(/\S/), text: raw.trim(), raw }));
  const at = { line: 0 };
  const root = block(lines, at, 0);
  if (at.line < lines.length) throw new Error(`cannot be read: ${lines[at.line]?.raw}`);
  return root;
}

function block(lines: readonly Line[], at: { line: number }, indent: number): Node {
  return lines[at.line]?.text.startsWith('- ') ? sequence(lines, at, indent) : mapping(lines, at, indent);
}

function sequence(lines: readonly Line[], at: { line: number }, indent: number): Node {
  const items: Node[] = [];
  for (
    let line = lines[at.line];
    line?.indent === indent && line.text.startsWith('- ');
    line = lines[at.line]
  ) {
    const rest = line.text.slice(2).trim();
    if (!KEY.test(rest)) {
      items.push(scalar(rest));
      at.line++;
      continue;
    }
    // The first key of an item stands behind its dash: read as if it stood below it.
    const inner = [...lines];
    inner[at.line] = { indent: indent + 2, text: rest, raw: line.raw };
    items.push(mapping(inner, at, indent + 2));
  }
  return items;
}

function mapping(lines: readonly Line[], at: { line: number }, indent: number): Node {
  const members: Record<string, Node> = {};
  for (let line = lines[at.line]; line?.indent === indent; line = lines[at.line]) {
    const [, key, value = ''] = KEY.exec(line.text) ?? [];
    if (key === undefined) throw new Error(`cannot be read: ${line.raw}`);
    const name = key.replaceAll('"', '');
    if (Object.hasOwn(members, name)) throw new Error(`${name} comes twice: ${line.raw}`);
    at.line++;
    members[name] = readValue(lines, at, indent, value);
  }
  return members;
}

function readValue(lines: readonly Line[], at: { line: number }, indent: number, value: string): Node {
  const next = lines[at.line];
  const hasMore = next !== undefined && next.indent > indent;
  if (/^[|>]/.test(value)) {
    const taken: string[] = [];
    for (let line = lines[at.line]; line && line.indent > indent; line = lines[at.line]) {
      taken.push(line.text);
      at.line++;
    }
    return taken.join('\n');
  }
  if (value === '' || value.startsWith('#')) return hasMore ? block(lines, at, next.indent) : '';
  if (hasMore) throw new Error(`cannot be read: ${next.raw}`);
  return scalar(value);
}

function scalar(text: string): string {
  const [, quoted] = /^"([^"\\]*)"$/.exec(text) ?? [];
  return quoted ?? text.replace(/\s+#.*$/, '');
}
