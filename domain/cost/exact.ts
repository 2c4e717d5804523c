/** An exact fraction; the denominator is above 0. Money is calculated in these and rounded once, at the end of a line. */
export interface Exact {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A whole number of millionths of a US dollar. */
export type Micros = number;

const DECIMAL = /^(\d+)(?:\.(\d+))?$/;
const MICROS_PER_USD = 1_000_000n;

/** The value of decimal digits such as `0.0075`, without going through a float. Throws RangeError for anything else. */
export function exact(decimal: string): Exact {
  const [, whole, part = ''] = DECIMAL.exec(decimal) ?? [];
  if (whole === undefined) throw new RangeError(`${decimal} is no decimal number`);
  return { numerator: BigInt(whole + part), denominator: 10n ** BigInt(part.length) };
}

/** `count` of `per`: two whole numbers, `per` above 0. */
export function fraction(count: number, per = 1): Exact {
  return { numerator: BigInt(count), denominator: BigInt(per) };
}

export function times(...factors: readonly Exact[]): Exact {
  return factors.reduce((product, factor) => ({
    numerator: product.numerator * factor.numerator,
    denominator: product.denominator * factor.denominator,
  }));
}

export function plus(a: Exact, b: Exact): Exact {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

/** Throws RangeError for a divisor of 0. */
export function dividedBy(a: Exact, b: Exact): Exact {
  if (b.numerator === 0n) throw new RangeError('divided by 0');
  return { numerator: a.numerator * b.denominator, denominator: a.denominator * b.numerator };
}

/** The whole number nearest, half upwards. */
function rounded({ numerator, denominator }: Exact): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

/** Dollars as micro-dollars: half a micro-dollar is rounded up. */
export function microsOf(usd: Exact): Micros {
  return Number(rounded(times(usd, { numerator: MICROS_PER_USD, denominator: 1n })));
}

/** Decimal digits for people and JSON: `decimalText(exact('0.39'), 4)` is `0.3900`. The last digit is rounded. */
export function decimalText(value: Exact, digits: number): string {
  const scaled = rounded(times(value, { numerator: 10n ** BigInt(digits), denominator: 1n }));
  const text = String(scaled).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Micro-dollars as dollars with six decimals: `52500` is `0.052500`. Nothing is rounded. */
export function usdText(micros: Micros): string {
  return decimalText(fraction(micros, Number(MICROS_PER_USD)), 6);
}
