import { decimalText, type Exact, exact, type Micros, microsOf, times } from './exact.ts';
import type { PriceRow } from './price-row.ts';

/** One item of a cost: so many units at a price. */
export interface CostLine {
  /** What is paid for: `1080p`, `sound`, `decoding`. */
  readonly item: string;
  /** As the provider calls it: `HD, above 30 to 60 fps`. */
  readonly tier: string;
  /** Length of the output in minutes, where the item is an output. Decimal digits. */
  readonly outputMinutes: string | null;
  /** How many units are billed. Decimal digits. */
  readonly quantity: string;
  readonly unit: string;
  /** Dollars for one unit. Decimal digits. */
  readonly unitUsd: string;
  /** Rounded once, from the exact product. */
  readonly usdMicros: Micros;
  /** Rows that the line was made of; see docs/cost.md. */
  readonly priceIds: readonly string[];
}

const QUANTITY_DIGITS = 4;
const UNIT_PRICE_DIGITS = 8;

export interface CostItem {
  readonly item: string;
  readonly tier: string;
  readonly outputMinutes?: Exact;
  readonly quantity: Exact;
  readonly unit: string;
  readonly unitUsd: Exact;
  readonly priceIds: readonly string[];
}

/** The line of an item: quantity times unit price, exact, then rounded to the nearest micro-dollar. */
export function costLine({ outputMinutes, quantity, unitUsd, ...item }: CostItem): CostLine {
  return {
    item: item.item,
    tier: item.tier,
    outputMinutes: outputMinutes ? decimalText(outputMinutes, QUANTITY_DIGITS) : null,
    quantity: decimalText(quantity, QUANTITY_DIGITS),
    unit: item.unit,
    unitUsd: shortDecimal(unitUsd),
    usdMicros: microsOf(times(quantity, unitUsd)),
    priceIds: item.priceIds,
  };
}

/** The line of `quantity` units of one row. */
export function lineOfRow(
  row: PriceRow,
  quantity: Exact,
  item: Pick<CostItem, 'item' | 'outputMinutes'>,
): CostLine {
  const { tier, unit, id } = row;
  return costLine({ ...item, tier, quantity, unit, unitUsd: exact(row.usd), priceIds: [id] });
}

export function sumOf(lines: readonly CostLine[]): Micros {
  return lines.reduce((sum, line) => sum + line.usdMicros, 0);
}

/** Without zeros at the end, but at least to the cent. */
function shortDecimal(value: Exact): string {
  return decimalText(value, UNIT_PRICE_DIGITS).replace(/(\.\d\d\d*?)0+$/, '$1');
}
