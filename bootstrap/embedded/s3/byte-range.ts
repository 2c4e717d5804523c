import { S3Error } from './s3-error.ts';

/** Both ends inclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * A `Range` header against an object. Undefined where the header is to be ignored: absent, several ranges, or not
 * of the form of RFC 9110 section 14.1.2. InvalidRange when no byte of the object lies in it.
 */
export function byteRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const parsed = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!parsed) return undefined;
  const [first = '', last = ''] = [parsed[1], parsed[2]];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const suffixBytes = Number(last);
    if (suffixBytes === 0 || sizeBytes === 0) throw new S3Error('InvalidRange');
    return { start: Math.max(0, sizeBytes - suffixBytes), end: sizeBytes - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= sizeBytes) throw new S3Error('InvalidRange');
  return { start, end: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

/** x-amz-copy-source-range: both ends must be given and lie inside the source. */
export function copyRange(header: string | undefined, sizeBytes: number): ByteRange {
  if (header === undefined) return { start: 0, end: sizeBytes - 1 };
  const parsed = /^bytes=(\d+)-(\d+)$/.exec(header);
  if (!parsed)
    throw new S3Error('InvalidArgument', 'x-amz-copy-source-range must be of the form bytes=first-last.');
  const range = { start: Number(parsed[1]), end: Number(parsed[2]) };
  if (range.start > range.end)
    throw new S3Error('InvalidArgument', 'x-amz-copy-source-range ends before it starts.');
  if (range.end >= sizeBytes)
    throw new S3Error('InvalidRange', `The range is not valid for a source of ${sizeBytes} bytes.`);
  return range;
}
