import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PRINTED_PAGES } from '#scripts/docs/pages.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

function markdownFiles(): string[] {
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...top, ...docs, 'domain/README.md', 'providers/README.md', 'api/dialects/README.md'];
}

test.each(Object.entries(PRINTED_PAGES))('docs/%s is what the code prints today', (name, print) => {
  const written = readFileSync(path.join(ROOT, 'docs', name), 'utf8');
  expect(written === print(), `docs/${name} is stale: run npm run docs`).toBe(true);
});

test('every path that a document names is there', () => {
  const missing = markdownFiles().flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const named = [
      ...text.matchAll(
        /`((?:api|worker|domain|providers|bootstrap|migrations|scripts|test|bench|docs)\/[\w./-]*)`/g,
      ),
    ];
    const linked = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)];
    const paths = [
      ...named.map(([, target = '']) => path.join(ROOT, target)),
      ...linked.map(([, target = '']) => path.resolve(ROOT, path.dirname(file), target)),
    ];
    return paths
      .filter((target) => !existsSync(target))
      .map((target) => `${file} names ${path.relative(ROOT, target)}`);
  });
  expect(missing).toEqual([]);
});

test('every script that a document names is in package.json', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: object;
  };
  const missing = markdownFiles().flatMap((file) =>
    [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !Object.hasOwn(scripts, name))
      .map((name) => `${file} names npm run ${name}`),
  );
  expect(missing).toEqual([]);
});
