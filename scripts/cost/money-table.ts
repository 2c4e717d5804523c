import Table from 'cli-table3';
import { decimalText, fraction, type Micros } from '#domain/cost/exact.ts';

const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '  ', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '   ' },
};
const NO_COLOUR = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };

/** Rows for people; `align` has a letter a column: `l` for words, `r` for numbers. */
export function moneyTable(
  head: readonly string[],
  align: string,
  rows: readonly (readonly string[])[],
): string {
  const drawn = new Table({
    head: [...head],
    chars: PLAIN,
    style: NO_COLOUR,
    colAligns: [...align].map((letter) => (letter === 'r' ? 'right' : 'left')),
  });
  for (const row of rows) drawn.push([...row]);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const DIGITS = 4;

/** `0.4500`; what is more than nothing never looks like nothing. */
export function dollars(micros: Micros): string {
  const text = decimalText(fraction(micros, 1_000_000), DIGITS);
  return micros > 0 && Number(text) === 0 ? '<0.0001' : text;
}
