import { decimalText, fraction, type Micros } from '#domain/cost/exact.ts';
import { type Row, rowsOf } from '#domain/cost/price-row.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { LOAD } from './assumptions.ts';
import { awsBill } from './aws-bill.ts';
import type { Bill } from './bill.ts';
import { digitalOceanBill } from './digitalocean-bill.ts';
import { usageOf } from './usage.ts';

/** Every deployment that the two stacks make by a switch, for so many daily users. */
export function billsFor(dailyUsers: number): Bill[] {
  const usage = usageOf(dailyUsers);
  return [
    awsBill(usage, 'mediaconvert'),
    awsBill(usage, 'ffmpeg'),
    digitalOceanBill(usage, 'coconut'),
    digitalOceanBill(usage, 'ffmpeg'),
  ];
}

/** What a month costs, as Markdown: sums, then each bill line by line. */
export function costTables(userCounts: readonly number[]): string {
  const columns = userCounts.map((dailyUsers) => ({ dailyUsers, bills: billsFor(dailyUsers) }));
  const titles = columns[0]?.bills.map(({ title }) => title) ?? [];
  const sums = titles.map((title, i) => [
    title,
    ...columns.map(({ bills }) => `**${usd(bills[i]?.usdMicros ?? 0)}**`),
    ...columns.map(({ bills }) => usd(withoutDelivery(bills[i]))),
  ]);
  const heads = columns.map(({ dailyUsers }) => `${count(dailyUsers)} daily users`);
  return [
    table(['a month', ...heads, ...heads.map((head) => `${head}, delivery apart`)], sums),
    ...titles.map(
      (title, i) =>
        `### ${title}\n\n${lines(
          columns.map(({ bills }) => bills[i]),
          heads,
        )}`,
    ),
  ].join('\n\n');
}

/** The rows behind them, assumptions first. */
export function rowTables(): string {
  const cells = (row: Row) => [
    `\`${row.id}\``,
    'usd' in row ? `$${row.usd}` : row.value,
    row.unit,
    row.date,
    row.sureness,
    row.source,
  ];
  const head = ['row', 'number', 'unit', 'as of', 'how sure', 'source'];
  return [
    table(
      ['row', 'number', 'unit'],
      rowsOf(LOAD).map((row) => cells(row).slice(0, 3)),
    ),
    table(head, rowsOf(PLATFORM_PRICES).map(cells)),
  ].join('\n\n');
}

function lines(bills: readonly (Bill | undefined)[], heads: readonly string[]): string {
  const rows = bills[0]?.lines.map(({ item }, i) => [
    item,
    ...bills.map((bill) => {
      const line = bill?.lines[i];
      return line ? `${usd(line.usdMicros)} (${line.detail})` : '';
    }),
  ]);
  return table(['', ...heads], rows ?? []);
}

function withoutDelivery(bill: Bill | undefined): Micros {
  const rest = bill?.lines.filter(({ item }) => !item.startsWith('delivery')) ?? [];
  return rest.reduce((sum, { usdMicros }) => sum + usdMicros, 0);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Whole dollars: nothing here is known better. */
function usd(micros: Micros): string {
  return `$${count(decimalText(fraction(micros, 1_000_000), 0))}`;
}

function count(whole: number | string): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}
