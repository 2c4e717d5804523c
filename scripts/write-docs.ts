/** Prints the pages of docs/ that come from code. Run: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PRINTED_PAGES } from './docs/pages.ts';

const folder = path.resolve(import.meta.dirname, '../docs');
mkdirSync(folder, { recursive: true });
for (const [name, print] of Object.entries(PRINTED_PAGES)) {
  writeFileSync(path.join(folder, name), print());
  console.log(`docs/${name}`);
}
