import type { ByteRange } from '#providers/storage/object-store.ts';

/** Longer numbers than this are no offset in any file; and they stay exact in a JS number. */
const SPEC = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i;

/**
 * A Range header with one range (RFC 9110 section 14.2).
 *
 * @returns undefined for whatever may be ignored: another unit, several ranges, nonsense. The whole is sent then.
 */
export function parseByteRange(header: string | undefined): ByteRange | undefined {
  const match = header === undefined ? null : SPEC.exec(header);
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return { start: -Number(last) };
  const start = Number(first);
  if (last === '') return { start };
  // "An int-range is invalid if the last-pos value is present and less than first-pos": so it is ignored.
  return Number(last) < start ? undefined : { start, end: Number(last) };
}

/** `bytes=-0` asks for nothing, which is unsatisfiable; as a number it would look like the start of the object. */
export function isEmptySuffix({ start }: ByteRange): boolean {
  return Object.is(start, -0);
}
