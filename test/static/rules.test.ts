import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDERS = [
  'api',
  'bootstrap',
  'domain',
  'migrations',
  'providers',
  'scripts',
  'test',
  'worker',
  'docs',
];

interface Rule {
  readonly id: string;
  readonly text: string;
}

function rules(): Rule[] {
  const page = readFileSync(path.join(ROOT, 'docs/rules.md'), 'utf8');
  return page
    .split(/^### (?=R\d)/m)
    .slice(1)
    .map((text) => ({ id: /^R\d+/.exec(text)?.[0] ?? '', text }));
}

test('every rule has a number of its own, in order', () => {
  const ids = rules().map(({ id }) => id);
  expect(ids).toEqual(ids.map((_, i) => `R${i + 1}`));
});

test('every rule names a test that breaks it, or says that it comes later', () => {
  const unproven = rules()
    .filter(({ text }) => !/\*\*Broken by:\*\*[^*]*`test\//.test(text) && !text.includes('*Later'))
    .map(({ id }) => id);
  expect(unproven).toEqual([]);
});

test('every rule that code or a document cites is there', () => {
  const ids = rules().map(({ id }) => id);
  const unknown = FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|md)$/.test(entry.name))
      .flatMap((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const cited = readFileSync(file, 'utf8').matchAll(/[([](R\d+(?:, R\d+)*)[)\]]/g);
        return [...cited]
          .flatMap(([, list = '']) => list.split(', '))
          .filter((id) => !ids.includes(id))
          .map((id) => `${path.relative(ROOT, file)} cites ${id}`);
      }),
  );
  expect(unknown).toEqual([]);
});
