import { type Row, rowsOf } from '#domain/cost/price-row.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';

/** docs/prices.md: every row of the price tables. */
export function prices(): string {
  const rows = [...new Map(rowsOf(PRICES).map((row) => [row.id, row])).values()];
  return `# Prices

Every number that costs are calculated with ([cost](cost.md)), from \`domain/cost/prices/\`. Printed by \`npm run docs\`; do
not edit.

${table(rows.filter((row) => 'usd' in row))}

Numbers that are no prices:

${table(rows.filter((row) => 'value' in row))}
`;
}

function table(rows: readonly Row[]): string {
  return [
    '| row | tier | region | number | unit | as of | how sure | source |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => {
      const number = 'usd' in row ? `$${row.usd}` : row.value;
      const cells = [
        `\`${row.id}\``,
        row.tier,
        row.region,
        number,
        row.unit,
        row.date,
        row.sureness,
        row.source,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}
