import { validateHeaderValue } from 'node:http';
import { type Checksum, checksumHeader } from './checksums.ts';
import { S3Error } from './s3-error.ts';

const KEPT = [
  'content-type',
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
];
const METADATA_PREFIX = 'x-amz-meta-';
const MAX_METADATA_BYTES = 2048;

/** The headers of a write that reads give back, as JSON; a verified checksum is kept with them. */
export function headersToStore(headers: ReadonlyMap<string, string>, checksum?: Checksum): string {
  const kept: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    if (name.startsWith(METADATA_PREFIX))
      metadataBytes += Buffer.byteLength(name.slice(METADATA_PREFIX.length)) + Buffer.byteLength(value);
    else if (!KEPT.includes(name)) continue;
    const text = name === 'content-encoding' ? withoutAwsChunked(value) : value;
    if (text !== '') kept[name] = text;
  }
  if (metadataBytes > MAX_METADATA_BYTES) throw new S3Error('MetadataTooLarge');
  if (checksum) kept[checksumHeader(checksum.algorithm)] = checksum.value;
  return JSON.stringify(kept);
}

/** Stored headers for an answer. Checksums are given only to those who ask and read the whole object. */
export function storedHeaders(json: string, withChecksum: boolean): Record<string, string> {
  const stored: Record<string, string> = JSON.parse(json);
  if (withChecksum) return stored;
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !name.startsWith('x-amz-checksum-')));
}

/** The `response-*` query parameters, by which a signed URL says how its object is to be presented. */
export function responseOverrides(query: URLSearchParams): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const name of KEPT) {
    const value = query.get(`response-${name}`);
    if (value !== null) overrides[name] = asHeaderValue(name, value);
  }
  return overrides;
}

/** A header carries bytes: text beyond ASCII travels as UTF-8, and line breaks are refused. */
export function asHeaderValue(name: string, text: string): string {
  const value = Buffer.from(text, 'utf8').toString('latin1');
  try {
    validateHeaderValue(name, value);
  } catch {
    throw new S3Error('InvalidArgument', `The value of ${name} is not valid in a header.`);
  }
  return value;
}

/** aws-chunked is the framing of the request, not an encoding of the object. */
function withoutAwsChunked(contentEncoding: string): string {
  return contentEncoding
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked')
    .join(', ');
}
