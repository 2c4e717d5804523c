/** Keys begin with a UUIDv7, whose first 48 bits are milliseconds since 1970 (RFC 9562 section 5.7). */
const TIME_BITS = 48;
/** So many hex digits make a slice: 2^28 ms, three days of ids. */
const SLICE_DIGITS = 5;
const SLICE_MS = 2 ** (TIME_BITS - 4 * SLICE_DIGITS);
/** No id of ours is older. */
const FIRST_SLICE = Math.floor(Date.UTC(2026, 0, 1) / SLICE_MS);
/** The hourly rounds of a day see every slice once. */
const ROUNDS = 24;
const HOUR_MS = 3_600_000;

/**
 * The beginnings of ids that this hour's round looks at: one in 24 of all there can be. So a round's work is bounded and
 * nothing has to be remembered between rounds; a round that is missed is made up for the day after.
 */
export function slicesOfHour(now: Date): string[] {
  const round = Math.floor(now.getTime() / HOUR_MS) % ROUNDS;
  const last = Math.floor(now.getTime() / SLICE_MS);
  const slices: string[] = [];
  for (let slice = FIRST_SLICE; slice <= last; slice += 1)
    if (slice % ROUNDS === round) slices.push(slice.toString(16).padStart(SLICE_DIGITS, '0'));
  return slices;
}
