import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ALARMS, CANARY_ALARMS, REGION_AWAY } from '#infra/aws/alarms/alarm-list.ts';

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
  const named = [...linked, ...[...ALARMS, ...CANARY_ALARMS, REGION_AWAY].map(({ runbook }) => runbook)];
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((anchor) => !RUNBOOKS.some((heading) => slug(heading) === anchor))).toEqual([]);
});

const OPS = path.join(DOCS, '../scripts/ops');
/** Verb to its options, as scripts/ops/ declares them; sub-verbs of `dead-letters` count as its own. */
const VERBS = new Map(
  readdirSync(OPS).flatMap((file) => {
    const source = readFileSync(path.join(OPS, file), 'utf8');
    const [, verb] = /program\s*\.command\('([\w-]+)/.exec(source) ?? [];
    const options = [...source.matchAll(/'(--[\w-]+)/g)].map(([, option = '']) => option);
    return verb === undefined ? [] : [[verb, options] as const];
  }),
);
/** Of the program itself. */
const OF_ALL = ['--json', '--yes', '--verbose', '--help'];

/** What is wrong with the orders of a text: `ops resume --loud`. */
function wrongOrders(text: string): string[] {
  return [
    ...text.matchAll(
      /`(?:npm run -?s? ?ops -- |ops )([a-z][\w-]*)([^`]*)`|^npm run ops -- ([a-z][\w-]*)(.*)$/gm,
    ),
  ].flatMap(([order, quoted, quotedRest = '', alone, aloneRest = '']) => {
    const verb = quoted ?? alone ?? '';
    const options = VERBS.get(verb);
    if (options === undefined) return [`${order}: there is no verb ${verb}`];
    const [words = ''] = (quotedRest + aloneRest).split(' #');
    return [...words.matchAll(/--[\w-]+/g)]
      .filter(([option]) => ![...options, ...OF_ALL].includes(option))
      .map(([option]) => `${order}: ${verb} has no ${option}`);
  });
}

test('every order to ops that a document gives is one that ops takes', () => {
  expect([...VERBS.keys()].sort()).toEqual(
    expect.arrayContaining(['dead-letters', 'pause', 'replay', 'resume', 'status']),
  );
  const texts = readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .map(read);
  expect(texts.flatMap(wrongOrders)).toEqual([]);
  expect(wrongOrders('`ops resume --loud`, `npm run ops -- stop`, `ops pause --reason "x"`')).toEqual([
    '`ops resume --loud`: resume has no --loud',
    '`npm run ops -- stop`: there is no verb stop',
  ]);
});

test('every metric that a runbook names is one of the signals', () => {
  const known = new Set(
    [...read('signals.md').matchAll(/^\| `(sluice_\w+)` \|/gm)].map(([, name = '']) => name),
  );
  const named = [...read('operate.md').matchAll(/sluice_\w+/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
