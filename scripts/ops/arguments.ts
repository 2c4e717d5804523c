import { InvalidArgumentError } from 'commander';

/** Longer ago than this there was nothing, and soon no date that Postgres reads. */
const SECONDS_MAX = 3650 * 86_400;

/** `90s`, `30m`, `2h`, `7d`, and 0 for no time at all; in seconds. */
export function seconds(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd]?)$/.exec(text) ?? [];
  const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? (digits === '0' ? 1 : Number.NaN);
  const value = digits === '' ? Number.NaN : Number(digits) * unitSeconds;
  if (Number.isNaN(value)) throw new InvalidArgumentError('It must look like 90s, 30m, 2h or 7d.');
  if (value > SECONDS_MAX) throw new InvalidArgumentError('It must be ten years (3650d) or less.');
  return value;
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** One of a closed set. */
export function oneOf<T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new InvalidArgumentError(`It must be one of ${values.join(', ')}.`);
    return found;
  };
}

/** As `oneOf`, for an option that takes several. */
export function someOf<T extends string>(
  values: readonly T[],
): (text: string, before: readonly T[] | undefined) => readonly T[] {
  const one = oneOf(values);
  return (text, before = []) => [...before, one(text)];
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function uuid(text: string): string {
  const id = text.toLowerCase();
  if (!UUID.test(id)) throw new InvalidArgumentError('It must be an id, a UUID.');
  return id;
}

/** A moment in ISO 8601, or how long ago: `2h`. */
export function moment(text: string): Date {
  if (/^\d+[smhd]$/.test(text)) return new Date(Date.now() - seconds(text) * 1000);
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?$/.test(text) ? new Date(text) : null;
  if (!at || Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('It must look like 2026-11-21T14:00:00Z, or like 2h for two hours ago.');
  return at;
}
