import { MalformedRequest } from '#api/problems/refusal-of-error.ts';
import { DomainError } from '#domain/errors.ts';
import { type ExpectedDigest, TUS_CHECKSUM_ALGORITHMS } from '#domain/upload/tus-digest.ts';
import { endedWhenGone } from './idle-body.ts';

export const TUS_VERSION = '1.0.0';
/** Of a body that is a piece of an upload. */
export const TUS_CONTENT_TYPE = 'application/offset+octet-stream';

const METHODS = ['POST', 'HEAD', 'PATCH', 'DELETE'] as const;
export type TusMethod = (typeof METHODS)[number];

/**
 * The method that is meant: where a proxy lets no PATCH through, clients send a POST that says so.
 * Throws MalformedRequest for one that is none of the protocol.
 */
export function methodOf(request: Request): TusMethod {
  const named = (request.headers.get('x-http-method-override') ?? request.method).toUpperCase();
  const method = METHODS.find((known) => known === named);
  if (!method) throw new MalformedRequest(`There is no ${named.slice(0, 20)} in the tus protocol.`);
  return method;
}

/** Throws DomainError `protocol_version` for any other than ours. HEAD may say none: it changes nothing. */
export function refuseOtherVersion(headers: Headers, method: TusMethod): void {
  const version = headers.get('tus-resumable');
  if (version === TUS_VERSION || (version === null && method === 'HEAD')) return;
  throw new DomainError('protocol_version', `Send Tus-Resumable: ${TUS_VERSION}`);
}

/** Throws DomainError `unsupported_media_type`, MalformedRequest. */
export function refuseOtherPatch(headers: Headers): void {
  if (headers.get('content-type') !== TUS_CONTENT_TYPE)
    throw new DomainError('unsupported_media_type', `A PATCH sends ${TUS_CONTENT_TYPE}.`);
  if (!/^\d{1,15}$/.test(headers.get('upload-offset') ?? ''))
    throw new MalformedRequest('Upload-Offset has to say where the bytes begin.');
}

/** `Upload-Checksum: sha1 <base64>`; undefined where there is none. Throws MalformedRequest. */
export function expectedDigest(headers: Headers): ExpectedDigest | undefined {
  const header = headers.get('upload-checksum');
  if (header === null) return undefined;
  const [, named, digest = ''] = /^(\S+) ([A-Za-z0-9+/]{4,}={0,2})$/.exec(header) ?? [];
  const algorithm = TUS_CHECKSUM_ALGORITHMS.find((known) => known === named);
  if (algorithm) return { algorithm, digest };
  throw new MalformedRequest(`Upload-Checksum takes ${TUS_CHECKSUM_ALGORITHMS.join(', ')}, then base64.`);
}

/** What the protocol's server may see. What proxies add, such as a list of schemes, it would refuse. */
const PROTOCOL_HEADERS = [
  'content-type',
  'content-length',
  'upload-offset',
  'upload-length',
  'upload-defer-length',
  'upload-metadata',
];

/** A sender that is silent so long has gone. */
const IDLE_MS = 60_000;

/** The request as the protocol's server is to see it. @param leaveOut names of headers, in lower case */
export function protocolRequest(request: Request, method: TusMethod, leaveOut: string[] = []): Request {
  const headers = new Headers({ 'Tus-Resumable': TUS_VERSION });
  if (method === 'HEAD' || method === 'DELETE') return new Request(request.url, { method, headers });
  for (const name of PROTOCOL_HEADERS) {
    const value = request.headers.get(name);
    if (value && !leaveOut.includes(name)) headers.set(name, value);
  }
  const body = request.body && endedWhenGone(request.body, IDLE_MS);
  return new Request(request.url, { method, headers, ...(body && { body, duplex: 'half' }) });
}
