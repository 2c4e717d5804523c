import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { limitsTable } from './limits-table.ts';

const PAGE = path.resolve(import.meta.dirname, '../../docs/uploading.md');

test('docs/uploading.md shows what these tests hold the clients to', () => {
  const table = limitsTable();
  expect(readFileSync(PAGE, 'utf8').includes(table), `put this into ${PAGE}:\n${table}`).toBe(true);
});
