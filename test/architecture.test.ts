import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

/** Who may import whom. `port` means the type-only files that say what a provider promises. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: ['domain', 'port'],
  migrations: ['migrations', 'domain'],
  bootstrap: ['bootstrap', 'domain', 'providers', 'port'],
  api: ['api', 'domain', 'bootstrap', 'port'],
  worker: ['worker', 'domain', 'bootstrap', 'port'],
  client: ['client'],
  infra: ['infra'],
  scripts: ['scripts', 'bootstrap', 'domain', 'providers', 'port'],
  bench: ['bench', 'domain', 'bootstrap', 'providers', 'port', 'api', 'worker', 'scripts', 'test'],
};

const ADVICE: Readonly<Record<string, string>> = {
  domain: 'The domain knows ports only: take what you need as an argument (domain/context.ts).',
  migrations: 'A migration may read the tables of the domain and nothing else.',
  bootstrap:
    'bootstrap wires the domain to the providers; what speaks HTTP or runs jobs lives in api/ and worker/.',
  api: 'The API parses, calls one verb and presents: put the rest into a verb under domain/.',
  worker: 'A task parses its payload and calls one verb: put the rest into a verb under domain/.',
};

/** Files that may do more, each with its reason. */
const EXEMPTIONS: Readonly<Record<string, { folders: readonly string[]; reason: string }>> = {
  'bootstrap/standalone.ts': { folders: ['api', 'worker'], reason: 'npm start is all roles in one process' },
};

/** The files of providers/ that others may name: the ports, and the errors that cross them. */
const PORTS = [
  'providers/storage/object-store.ts',
  'providers/storage/storage-errors.ts',
  'providers/storage/tus-spool.ts',
  'providers/delivery/delivery.ts',
  'providers/transcoders/transcoder.ts',
  'providers/transcoders/source-inspector.ts',
  'providers/archive/archive-reader.ts',
  'providers/webhooks/webhook-sender.ts',
];

const ROOT = path.resolve(import.meta.dirname, '..');
const FOLDERS = [
  'domain',
  'providers',
  'bootstrap',
  'api',
  'worker',
  'migrations',
  'client',
  'infra',
  'scripts',
  'bench',
];

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly target: string | null;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
  } catch {
    return [];
  }
}

/** Static, dynamic and re-exported imports; `target` is the file in this repository, null for a package. */
function importsOf(file: string): Import[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  const pattern = /(?:from\s+|import\s+|import\(\s*)'([^']+)'/g;
  return [...source.matchAll(pattern)].map(([, specifier = '']) => {
    const local = specifier.startsWith('#')
      ? specifier.slice(1)
      : specifier.startsWith('.')
        ? path.join(path.dirname(file), specifier)
        : null;
    return { from: file, specifier, target: local };
  });
}

function folderOf(target: string): string {
  return PORTS.includes(target) ? 'port' : (target.split('/')[0] ?? '');
}

const files = FOLDERS.flatMap(filesOf);
const imports = files.flatMap(importsOf);

test('the test sees the code it judges', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(imports.filter((i) => i.target !== null).length).toBeGreaterThan(200);
});

/** Files that reach themselves by what they import, types included. */
function loopsIn(found: readonly Pick<Import, 'from' | 'target'>[]): string[] {
  const next = Map.groupBy(found, ({ from }) => from);
  const reaches = (start: string): boolean => {
    const seen = new Set<string>();
    const waiting = [start];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop())
      for (const { target } of next.get(file) ?? []) {
        if (target === start) return true;
        if (target === null || seen.has(target)) continue;
        seen.add(target);
        waiting.push(target);
      }
    return false;
  };
  return [...next.keys()].filter(reaches);
}

test('no file imports itself by way of others', () => {
  expect(loopsIn(imports)).toEqual([]);
  const around = [
    { from: 'a.ts', target: 'b.ts' },
    { from: 'b.ts', target: 'c.ts' },
    { from: 'c.ts', target: 'b.ts' },
  ];
  expect(loopsIn(around)).toEqual(['b.ts', 'c.ts']);
});

describe.each(Object.keys(MAY_IMPORT))('%s', (folder) => {
  test('imports only what it may', () => {
    const wrong = imports
      .filter((i) => i.from.startsWith(`${folder}/`) && i.target !== null)
      .filter(({ from, target }) => {
        const to = folderOf(target ?? '');
        return !MAY_IMPORT[folder]?.includes(to) && !EXEMPTIONS[from]?.folders.includes(to);
      })
      .map(({ from, specifier }) => `${from} imports ${specifier}. ${ADVICE[folder] ?? ''}`);
    expect(wrong).toEqual([]);
  });
});

test('a provider imports its own port, node: and its SDK, never another provider and nothing of ours', () => {
  const wrong = imports
    .filter((i) => i.from.startsWith('providers/') && i.target !== null)
    .filter(
      ({ from, target }) => from.split('/')[1] !== target?.split('/')[1] || !target?.startsWith('providers/'),
    )
    .map(
      ({ from, specifier }) => `${from} imports ${specifier}. Give the adapter what it needs as an option.`,
    );
  expect(wrong).toEqual([]);
});

test('the domain speaks no HTTP, no SDK and no file system', () => {
  const allowed = ['@mikro-orm/core', '@mikro-orm/postgresql', 'kysely', 'uuid', 'node:crypto', 'node:path'];
  const streams = ['node:stream', 'node:stream/consumers'];
  const wrong = imports
    .filter((i) => i.from.startsWith('domain/') && i.target === null)
    .filter(({ specifier }) => ![...allowed, ...streams].includes(specifier))
    .map(({ from, specifier }) => `${from} imports ${specifier}. Put it behind a port in providers/.`);
  expect(wrong).toEqual([]);
});

test('the client runs anywhere: it imports nothing but itself and names nothing of Node', () => {
  const foreign = imports
    .filter((i) => i.from.startsWith('client/') && i.target === null)
    .map(({ from, specifier }) => `${from} imports ${specifier}. Use what the web platform has.`);
  expect(foreign).toEqual([]);
  expect(linesMatching(/\b(Buffer|process|require)\b\s*[.(]/, (file) => file.startsWith('client/'))).toEqual(
    [],
  );
});

function linesMatching(pattern: RegExp, within: (file: string) => boolean): string[] {
  return files.filter(within).flatMap((file) =>
    readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  );
}

test('only entry points and bootstrap read the environment', () => {
  const entries = (file: string) => file.endsWith('main.ts') || /^(bootstrap|scripts|bench)\//.test(file);
  expect(linesMatching(/process\.env/, (file) => !entries(file))).toEqual([]);
});

test('no TLS connection trusts just anybody', () => {
  expect(linesMatching(/rejectUnauthorized:\s*false|NODE_TLS_REJECT_UNAUTHORIZED/, () => true)).toEqual([]);
});

test('no command goes through a shell', () => {
  expect(linesMatching(/shell:\s*true|\bexecSync\(|(?<![.\w])exec\(/, () => true)).toEqual([]);
});

test('files and folders have names that say what is in them', () => {
  const vague = /(^|\/)(utils?|helpers?|common|manager|base|lib|misc)(\/|\.ts$)/;
  expect([...files, ...filesOf('test')].filter((file) => vague.test(file))).toEqual([]);
});

test('no file has more than 300 lines, no test more than 500', () => {
  const limitOf = (file: string) => (file.startsWith('test/') ? 500 : 300);
  const long = [...files, ...filesOf('test')]
    .map((file) => ({ file, lines: readFileSync(path.join(ROOT, file), 'utf8').split('\n').length }))
    .filter(({ file, lines }) => lines > limitOf(file))
    .map(({ file, lines }) => `${file} has ${lines} lines: split it by concern`);
  expect(long).toEqual([]);
});
