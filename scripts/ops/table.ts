import Table from 'cli-table3';
import { plainText } from './plain-text.ts';

const NO_COLOUR = { head: [], border: [] };
/** No rules: it stays readable in a log, and a row is a line for grep. */
const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** A table for people. Numbers stand at the right; null is a dash; each row is one line, whatever its cells hold. */
export function table(head: readonly string[], rows: readonly (string | number | null)[][]): string {
  const numeric = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === null),
  );
  const drawn = new Table({
    head: [...head],
    chars: PLAIN,
    style: { ...NO_COLOUR, 'padding-left': 0, 'padding-right': 0 },
    colAligns: numeric.map((isNumber) => (isNumber ? 'right' : 'left')),
  });
  for (const row of rows)
    drawn.push(row.map((cell) => (cell === null ? '-' : plainText(String(cell).replace(/\s+/g, ' ')))));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** `45 s`, `12 min`, `3.5 h`, `2.1 days`: as exact as somebody wants to know it. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

/** `1 video`, `3 videos` */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** `0 B`, `1.5 MiB`, `2.3 TiB` */
export function byteCount(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
