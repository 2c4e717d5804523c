import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ALARMS } from '#infra/aws/alarm-list.ts';

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

test('every runbook that an alarm or a document names is there', () => {
  const root = path.join(DOCS, '..');
  const texts = ['docs', 'infra']
    .flatMap((folder) => readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(?:md|ts)$/.test(entry.name))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
  const linked = texts.flatMap((text) =>
    [...text.matchAll(/operate\.md#([\w-]+)/g)].map(([, anchor = '']) => anchor),
  );
  const named = [...linked, ...ALARMS.map(({ runbook }) => runbook)];
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((anchor) => !RUNBOOKS.some((heading) => slug(heading) === anchor))).toEqual([]);
});
