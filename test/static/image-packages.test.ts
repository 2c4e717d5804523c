import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MANIFEST = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'optionalDependencies' | 'devDependencies',
  Readonly<Record<string, string>>
>;
/** What the image runs: its roles, and what they load by name alone. */
const PROGRAMS = [
  'api/main.ts',
  'worker/main.ts',
  'bootstrap/migrate.ts',
  'scripts/ops.ts',
  ...readdirSync(path.join(ROOT, 'docker'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `docker/${file}`),
  ...readdirSync(path.join(ROOT, 'migrations'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `migrations/${file}`),
];

interface Reached {
  readonly files: ReadonlySet<string>;
  /** Package to the files that import it. */
  readonly packages: ReadonlyMap<string, readonly string[]>;
}

/** Everything that a program loads or may load, by `import`, `export from`, `import()` and `new URL` of a module. */
function reachedFrom(programs: readonly string[], sourceOf: (file: string) => string): Reached {
  const files = new Set<string>();
  const packages = new Map<string, string[]>();
  const waiting = [...programs];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const name of importsOf(sourceOf(file))) {
      if (name.startsWith('#')) waiting.push(name.slice(1));
      else if (name.startsWith('.')) waiting.push(path.join(path.dirname(file), name));
      else if (!isBuiltin(name)) {
        const [scope = '', rest = ''] = name.split('/');
        const found = scope.startsWith('@') ? `${scope}/${rest}` : scope;
        packages.set(found, [...(packages.get(found) ?? []), file]);
      }
    }
  }
  return { files, packages };
}

/** Types are gone when Node has stripped them. */
function importsOf(source: string): string[] {
  const values = source.replace(/^(?:import|export) type [^;]+;/gm, '');
  const patterns = [
    /^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'/gm,
    /^import '([^']+)'/gm,
    /\bimport\(\s*'([^']+)'\s*\)/g,
    /\bnew URL\('(\.[^']+\.ts)', import\.meta\.url\)/g,
  ];
  return patterns.flatMap((pattern) => [...values.matchAll(pattern)].map(([, name = '']) => name));
}

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const notInstalled = (packages: Reached['packages']) =>
  [...packages].filter(([name]) => !Object.hasOwn(MANIFEST.dependencies, name));

test('nothing that the image runs needs a package that the image does not have', () => {
  const { files, packages } = reachedFrom(PROGRAMS, read);
  expect(files.size).toBeGreaterThan(300);
  expect(packages.size).toBeGreaterThan(25);
  expect(notInstalled(packages)).toEqual([]);
});

test('a package for development or for laptops is found, however deep it is imported', () => {
  const tree: Readonly<Record<string, string>> = {
    'api/main.ts': "import { serve } from './serve.ts';\nimport type { Clip } from 'ajv';",
    'api/serve.ts': "export async function serve() {\n  await import('#domain/deep.ts');\n}",
    'domain/deep.ts':
      "import fs from 'node:fs';\nimport {\n  a,\n  b,\n} from '@uppy/core/lib';\nexport * from 'pino-pretty';",
  };
  const { packages } = reachedFrom(['api/main.ts'], (file) => tree[file] ?? '');
  expect(notInstalled(packages)).toEqual([
    ['@uppy/core', ['domain/deep.ts']],
    ['pino-pretty', ['domain/deep.ts']],
  ]);
});
