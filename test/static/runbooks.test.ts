import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const DOCS = path.resolve(import.meta.dirname, '../../docs');
const read = (name: string) => readFileSync(path.join(DOCS, name), 'utf8');
/** As GitHub makes an anchor of a heading. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
const headings = (name: string) => [...read(name).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
const RUNBOOKS = headings('operate.md').slice(1);

test('every alarm that the signals begin with has its runbook', () => {
  const table = read('signals.md').split('## Alarms to begin with')[1] ?? '';
  const alarms = [...table.matchAll(/^\| ([A-Z][^|]+?) \| /gm)].map(([, name = '']) => name);
  expect(alarms.length).toBeGreaterThan(10);
  expect(alarms.filter((name) => !RUNBOOKS.includes(name))).toEqual([]);
});

test('a runbook is found by the name of its alarm: one heading, one anchor', () => {
  expect(new Set(RUNBOOKS.map(slug)).size).toBe(RUNBOOKS.length);
});

test('every anchor that a runbook points to is there', () => {
  const missing = [...read('operate.md').matchAll(/\]\(([\w.-]*)#([\w-]+)\)/g)]
    .filter(([, file = '', anchor = '']) => !headings(file || 'operate.md').some((h) => slug(h) === anchor))
    .map(([link]) => link);
  expect(missing).toEqual([]);
});
