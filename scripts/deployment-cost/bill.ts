import { type Exact, exact, type Micros, microsOf, times } from '#domain/cost/exact.ts';
import type { PriceRow } from '#domain/cost/price-row.ts';

/** One line of a month's bill. */
export interface BillLine {
  readonly item: string;
  /** How much of what, for people. */
  readonly detail: string;
  readonly usdMicros: Micros;
  readonly priceIds: readonly string[];
}

/** A month of one deployment. */
export interface Bill {
  readonly title: string;
  readonly lines: readonly BillLine[];
  readonly usdMicros: Micros;
}

/** So many units of a row. */
export function lineOf(item: string, row: PriceRow, quantity: Exact, detail: string): BillLine {
  return { item, detail, usdMicros: microsOf(times(exact(row.usd), quantity)), priceIds: [row.id] };
}

/** Several rows that are one thing to whoever pays. */
export function joined(item: string, detail: string, lines: readonly BillLine[]): BillLine {
  return { item, detail, usdMicros: sum(lines), priceIds: lines.flatMap((line) => line.priceIds) };
}

export function billOf(title: string, lines: readonly BillLine[]): Bill {
  return { title, lines, usdMicros: sum(lines) };
}

function sum(lines: readonly BillLine[]): Micros {
  return lines.reduce((total, { usdMicros }) => total + usdMicros, 0);
}
