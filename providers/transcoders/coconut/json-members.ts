/** Reads of JSON whose members may be missing or of another kind: what is not as expected is not there. */

export type Members = Readonly<Record<string, unknown>>;

export function membersOf(value: unknown): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

/** A text that is not empty; numbers count as text, since Coconut has had ids of both kinds. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `"60%"`, `"60"` and 60 are 60; null for what is no number. Always within 0 to 100. */
export function percentOf(value: unknown): number | null {
  const [, digits] = /^\s*(\d{1,9}(?:\.\d{1,9})?)\s*%?\s*$/.exec(textOf(value) ?? '') ?? [];
  return digits === undefined ? null : Math.min(100, Number(digits));
}
