import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './s3-error.ts';
import { decodeUri, encodeUri } from './uri.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_SECONDS = 604_800;

export interface SignedRequest {
  method: string;
  rawPath: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
}

/** What the chunk signatures of an aws-chunked body are chained to. */
export interface SigningContext {
  signingKey: Buffer;
  /** `YYYYMMDDTHHMMSSZ` */
  date: string;
  scope: string;
  /** The request's own signature, hex. */
  signature: string;
}

interface Claim {
  credential: string;
  signedHeaders: string;
  signature: string;
  date: string;
  payload: string;
}

/**
 * Verifies AWS Signature V4, in the Authorization header or in the query (presigned).
 *
 * Gives undefined for a request that carries no signature at all; throws S3Error for one that is wrong, expired,
 * made for another method, path, length or header, or of an unknown key. Any region is accepted.
 * Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
 */
export function verifySigV4(
  request: SignedRequest,
  secrets: ReadonlyMap<string, string>,
  nowMs: number,
): SigningContext | undefined {
  const claim = request.query.has('X-Amz-Signature')
    ? claimOfQuery(request, nowMs)
    : claimOfHeader(request.headers, nowMs);
  if (!claim) return undefined;
  const [accessKeyId = '', day = '', region = '', service, terminator] = claim.credential.split('/');
  if (service !== 's3' || terminator !== 'aws4_request' || !claim.date.startsWith(day) || day.length !== 8)
    throw new S3Error('AuthorizationHeaderMalformed', 'The credential scope is not valid.');
  const secret = secrets.get(accessKeyId);
  if (secret === undefined) throw new S3Error('InvalidAccessKeyId');

  const signedNames = claim.signedHeaders.split(';');
  if (!signedNames.includes('host')) throw new S3Error('AccessDenied', 'The host header must be signed.');
  refuseUnsignedHeaders(request.headers, signedNames);

  const signingKey = [region, service, terminator].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
  const scope = `${day}/${region}/s3/aws4_request`;
  const canonical = canonicalRequest(request, signedNames, claim);
  const expected = hmac(signingKey, [ALGORITHM, claim.date, scope, sha256Hex(canonical)].join('\n'));
  if (!sameHex(claim.signature, expected)) throw new S3Error('SignatureDoesNotMatch');
  return { signingKey, date: claim.date, scope, signature: claim.signature };
}

/** Compares a hex signature in constant time. */
export function sameHex(given: string, expected: Buffer): boolean {
  const bytes = Buffer.from(given, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

export function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

export function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function claimOfQuery({ query }: SignedRequest, nowMs: number): Claim {
  const parameter = (name: string) => query.get(`X-Amz-${name}`) ?? '';
  if (query.has('X-Amz-Security-Token')) throw new S3Error('InvalidToken');
  if (parameter('Algorithm') !== ALGORITHM)
    throw new S3Error('AuthorizationQueryParametersError', `X-Amz-Algorithm must be ${ALGORITHM}.`);
  const date = parameter('Date');
  const signedAtMs = parseDate(date);
  const expiresSeconds = Number(parameter('Expires'));
  if (Number.isNaN(signedAtMs) || !(expiresSeconds > 0 && expiresSeconds <= MAX_EXPIRES_SECONDS))
    throw new S3Error(
      'AuthorizationQueryParametersError',
      `X-Amz-Date must be set and X-Amz-Expires between 1 and ${MAX_EXPIRES_SECONDS}.`,
    );
  if (nowMs > signedAtMs + expiresSeconds * 1000) throw new S3Error('AccessDenied', 'Request has expired');
  if (signedAtMs > nowMs + MAX_SKEW_MS) throw new S3Error('AccessDenied', 'Request is not yet valid');
  return {
    credential: parameter('Credential'),
    signedHeaders: parameter('SignedHeaders'),
    signature: parameter('Signature'),
    date,
    payload: parameter('Content-Sha256') || 'UNSIGNED-PAYLOAD',
  };
}

function claimOfHeader(headers: IncomingHttpHeaders, nowMs: number): Claim | undefined {
  if (headers.authorization === undefined) return undefined;
  const parsed =
    /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      headers.authorization,
    );
  if (!parsed) throw new S3Error('AuthorizationHeaderMalformed');
  if (headers['x-amz-security-token'] !== undefined) throw new S3Error('InvalidToken');
  const date = String(headers['x-amz-date'] ?? '');
  const signedAtMs = parseDate(date);
  if (Number.isNaN(signedAtMs)) throw new S3Error('AccessDenied', 'A valid x-amz-date header is required.');
  if (Math.abs(nowMs - signedAtMs) > MAX_SKEW_MS) throw new S3Error('RequestTimeTooSkewed');
  const payload = headers['x-amz-content-sha256'];
  if (typeof payload !== 'string')
    throw new S3Error('InvalidRequest', 'The header x-amz-content-sha256 is required.');
  const [, credential = '', signedHeaders = '', signature = ''] = parsed;
  return { credential, signedHeaders, signature, date, payload };
}

/**
 * Without this, whoever holds a presigned PUT could add x-amz-copy-source and read any object of the owner.
 * x-amz-content-sha256 may stay unsigned, as on AWS: it only narrows what the body may be.
 */
function refuseUnsignedHeaders(headers: IncomingHttpHeaders, signedNames: readonly string[]): void {
  const unsigned = Object.keys(headers).filter(
    (name) => name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !signedNames.includes(name),
  );
  if (unsigned.length > 0)
    throw new S3Error(
      'AccessDenied',
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
    );
}

function canonicalRequest(request: SignedRequest, signedNames: readonly string[], claim: Claim): string {
  const query = [...request.query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]): [string, string] => [encodeUri(name), encodeUri(value)])
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const path = request.rawPath
    .split('/')
    .map((segment) => encodeUri(decodeUri(segment)))
    .join('/');
  const headers = signedNames.map((name) => `${name}:${canonicalValue(request.headers[name])}\n`).join('');
  return [request.method, path, query, headers, claim.signedHeaders, claim.payload].join('\n');
}

const canonicalValue = (value: string | string[] | undefined) =>
  String(value ?? '')
    .trim()
    .replace(/ +/g, ' ');

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function parseDate(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!parts) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
