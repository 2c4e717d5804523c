import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exact } from '#domain/cost/exact.ts';
import { type Row, rowsOf, SURENESS } from '#domain/cost/price-row.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const NOTICE_AFTER_MONTHS = 12;

const rows = rowsOf(PRICES);

test('every row says what it is, of which day, from where and how sure', () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    for (const member of ['id', 'provider', 'tier', 'region', 'unit', 'source'] as const)
      expect(row[member].trim(), `${row.id}: ${member}`).not.toBe('');
    expect(row.date, row.id).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    expect(Number.isNaN(Date.parse(row.date)), row.id).toBe(false);
    expect(SURENESS, row.id).toContain(row.sureness);
    expect(() => exact('usd' in row ? row.usd : row.value), row.id).not.toThrow();
  }
});

test('one name, one row', () => {
  const first = new Map<string, Row>();
  for (const row of rows) {
    expect(first.get(row.id) ?? row, row.id).toEqual(row);
    first.set(row.id, row);
  }
});

test('a document of ours that a row names is there', () => {
  for (const { id, source } of rows)
    if (source.startsWith('docs/'))
      expect(existsSync(path.join(ROOT, source)), `${id}: ${source}`).toBe(true);
});

test('old rows are named; they are no failure', () => {
  const months = (date: string) => (Date.now() - Date.parse(date)) / (30.44 * 86_400_000);
  const old = new Set(rows.filter(({ date }) => months(date) > NOTICE_AFTER_MONTHS).map(({ id }) => id));
  if (old.size > 0)
    console.info(`Prices older than ${NOTICE_AFTER_MONTHS} months (docs/cost.md): ${[...old].join(', ')}`);
});
