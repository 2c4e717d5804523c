import { type Micros, usdText } from '#domain/cost/exact.ts';

/** The same with every amount as decimal digits: `usdMicros: 52500` becomes `usd: "0.052500"`. */
export function withDollars(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDollars);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) =>
      /usdMicros/i.test(name)
        ? [name.replace('usdMicros', 'usd').replace('UsdMicros', 'Usd'), usdText(member as Micros)]
        : [name, withDollars(member)],
    ),
  );
}
