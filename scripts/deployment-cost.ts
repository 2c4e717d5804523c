/**
 * What a month of a deployment costs, by the same tables as docs/deployment-cost.md. Nothing is asked of any cloud.
 * Run: `node scripts/deployment-cost.ts [daily users ...]`
 */
import { costTables, extrasTable, networkTable } from './deployment-cost/page.ts';

const USERS_MAX = 10_000_000;
const given = process.argv.slice(2);
const counts = given.length > 0 ? given.map(Number) : [20_000, 50_000];
if (counts.every((count) => Number.isInteger(count) && count > 0 && count <= USERS_MAX)) {
  const tables = [
    costTables(counts),
    '### `nat`',
    networkTable(counts),
    '### Off by default',
    extrasTable(counts),
  ];
  process.stdout.write(`${tables.join('\n\n')}\n`);
} else {
  process.stderr.write('Usage: node scripts/deployment-cost.ts [daily users ...], such as 20000 50000\n');
  process.exitCode = 2;
}
