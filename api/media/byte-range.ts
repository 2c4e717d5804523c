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

/** True when no byte of an object of `sizeBytes` lies in the range: 416. */
export function isUnsatisfiable({ start }: ByteRange, sizeBytes: number): boolean {
  // A suffix of no length is unsatisfiable; one that is longer than the object is the whole object.
  return start < 0 ? sizeBytes === 0 : start >= sizeBytes || Object.is(start, -0);
}
