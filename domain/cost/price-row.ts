/**
 * How sure a row is: `list price` as the provider publishes it; `bill` that somebody was sent and showed; `second-hand`
 * as others report it; `derived` from other rows; `measured` by us; `assumed` where nobody says, to be named wherever it
 * is used.
 */
export const SURENESS = ['list price', 'bill', 'second-hand', 'derived', 'measured', 'assumed'] as const;
export type Sureness = (typeof SURENESS)[number];

/** What every number says of itself. */
export interface Sourced {
  /** Names the row in answers and in what is recorded: `mediaconvert/basic/us-east-1`. */
  readonly id: string;
  readonly provider: string;
  readonly tier: string;
  /** `any` where it is the same everywhere. */
  readonly region: string;
  readonly unit: string;
  /** On which day the source said so: `2026-09-29`. */
  readonly date: string;
  /** Address, or path of a document in this repository. */
  readonly source: string;
  readonly sureness: Sureness;
}

/** A price. */
export interface PriceRow extends Sourced {
  /** US dollars per `unit`, in decimal digits: a float would not be exact. */
  readonly usd: string;
}

/** A number that is no price: a multiplier, an allowance, a measured time. */
export interface FigureRow extends Sourced {
  /** In `unit`, in decimal digits. */
  readonly value: string;
}

export type Row = PriceRow | FigureRow;

/** The row of a region, or the first one where the table has none of it. */
export function rowOfRegion<T extends Sourced>(rows: readonly [T, ...T[]], region: string): T {
  return rows.find((row) => row.region === region) ?? rows[0];
}

/** Every row in a table, however deep. */
export function rowsOf(table: unknown): Row[] {
  if (typeof table !== 'object' || table === null) return [];
  if ('source' in table && 'unit' in table) return [table as Row];
  return Object.values(table).flatMap(rowsOf);
}
