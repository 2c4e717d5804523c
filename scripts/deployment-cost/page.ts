import { decimalText, fraction, type Micros } from '#domain/cost/exact.ts';
import { type Row, rowsOf } from '#domain/cost/price-row.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { EXTRA_PRICES } from '#domain/cost/prices/platform-extras.ts';
import { LOAD } from './assumptions.ts';
import { awsBill, awsTasks } from './aws-bill.ts';
import { networkLine, WAYS_OUT, type WayOut } from './aws-network.ts';
import type { Bill, BillLine } from './bill.ts';
import { digitalOceanBill } from './digitalocean-bill.ts';
import { awsExtras, digitalOceanExtras } from './extras.ts';
import { type Usage, usageOf } from './usage.ts';

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
  const titled = heads(userCounts);
  return [
    table(['a month', ...titled, ...titled.map((head) => `${head}, delivery apart`)], sums),
    ...titles.map(
      (title, i) =>
        `### ${title}\n\n${lines(
          columns.map(({ bills }) => bills[i]),
          titled,
        )}`,
    ),
  ].join('\n\n');
}

/** What the key `nat` costs by its three words, which is the default's line in the bills above. */
export function networkTable(userCounts: readonly number[]): string {
  const ways = Object.keys(WAYS_OUT) as WayOut[];
  const rows = ways.flatMap((way) => {
    const transcoders = way === 'none' ? (['mediaconvert', 'ffmpeg'] as const) : (['mediaconvert'] as const);
    return transcoders.map((transcoder) => ({ way, transcoder }));
  });
  const labels = { mediaconvert: 'MediaConvert', ffmpeg: 'FFmpeg' } as const;
  return table(
    ['`nat`', ...heads(userCounts)],
    rows.map(({ way, transcoder }) => [
      way === 'none' ? `\`none\`, ${labels[transcoder]}` : `\`${way}\``,
      ...userCounts.map((count) => cell(networkLine(way, awsTasks(usageOf(count), transcoder)))),
    ]),
  );
}

/** What is off by default, each beside the bill above. */
export function extrasTable(userCounts: readonly number[]): string {
  const clouds: Readonly<Record<string, (usage: Usage) => BillLine[]>> = {
    AWS: awsExtras,
    DigitalOcean: digitalOceanExtras,
  };
  const rows = Object.entries(clouds).flatMap(([cloud, extras]) => {
    const columns = userCounts.map((count) => extras(usageOf(count)));
    return (columns[0] ?? []).map(({ item }, i) => [
      `${cloud}: ${item}`,
      ...columns.map((column) => cell(column[i])),
    ]);
  });
  return table(['a month', ...heads(userCounts)], rows);
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
    table(head, [...rowsOf(PLATFORM_PRICES), ...rowsOf(EXTRA_PRICES)].map(cells)),
  ].join('\n\n');
}

function heads(userCounts: readonly number[]): string[] {
  return userCounts.map((dailyUsers) => `${count(dailyUsers)} daily users`);
}

function cell(line: BillLine | undefined): string {
  return line ? `${usd(line.usdMicros)} (${line.detail})` : '';
}

function lines(bills: readonly (Bill | undefined)[], heads: readonly string[]): string {
  const rows = bills[0]?.lines.map(({ item }, i) => [item, ...bills.map((bill) => cell(bill?.lines[i]))]);
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
