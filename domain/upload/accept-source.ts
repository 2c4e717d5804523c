import { DomainError } from '../errors.ts';
import { type UploadPolicy, VIDEO_FORMATS, type VideoFormat } from './upload-policies.ts';

/** `Video/MP4; codecs=avc1` -> `video/mp4`. */
function bareMimeType(mimeType: string): string {
  return (mimeType.split(';')[0] ?? '').trim().toLowerCase();
}

function sizeInWords(bytes: number): string {
  return bytes >= 1024 ** 3
    ? `${+(bytes / 1024 ** 3).toFixed(2)} GiB`
    : `${+(bytes / 1024 ** 2).toFixed(2)} MiB`;
}

/** What a client says of its file. */
export interface DeclaredSource {
  readonly mimeType: string;
  /** Null where the contract does not ask for it: then the stored object is judged. */
  readonly sizeBytes: number | null;
  /** Decides where the type says nothing (`application/octet-stream`, or none). */
  readonly fileName?: string | undefined;
}

/** How the contract calls its members, so that a refusal names the right one. */
export interface SourceFields {
  readonly type: string;
  readonly size: string;
}
const MOBILE_FIELDS: SourceFields = { type: 'sourceMime', size: 'sourceSizeBytes' };

const SAYS_NOTHING = ['', 'application/octet-stream', 'binary/octet-stream'];

/**
 * Refuses at once what the policy does not take, by what the client declares; the bytes are judged after the upload.
 * A type that says nothing is judged by the file's extension.
 *
 * @returns the format, the MIME type we store, and the extension of the source's key
 * Throws DomainError `unsupported_format`, `empty_file`, `file_too_large`, each naming the member.
 */
export function acceptSource(
  policy: UploadPolicy,
  source: DeclaredSource,
  fields: SourceFields = MOBILE_FIELDS,
): { format: VideoFormat; mimeType: string; extension: string } {
  const declared = bareMimeType(source.mimeType);
  const allowed: VideoFormat[] = policy.formats.map((name) => VIDEO_FORMATS[name]);
  const format = SAYS_NOTHING.includes(declared)
    ? allowed.find((candidate) => candidate.extensions.includes(extensionOf(source.fileName ?? '')))
    : allowed.find((candidate) => candidate.mimeTypes.includes(declared));
  if (!format) {
    const message = `${inWords(declared, source.fileName)}; send one of ${allowed.map((f) => f.mimeTypes[0]).join(', ')}`;
    throw new DomainError('unsupported_format', message, { fields: [{ field: fields.type, message }] });
  }
  refuseSize(policy, source.sizeBytes, fields.size);
  return { format, mimeType: format.mimeTypes[0], extension: format.extensions[0] };
}

function inWords(declared: string, fileName = ''): string {
  if (!SAYS_NOTHING.includes(declared)) return `${declared} is not taken`;
  const extension = extensionOf(fileName);
  return extension ? `.${extension} files are not taken` : 'the type of the file is not given';
}

/** Throws DomainError `empty_file`, `file_too_large`; passes where nothing is known. */
export function refuseSize(policy: UploadPolicy, sizeBytes: number | null, field: string): void {
  if (sizeBytes === 0) {
    const message = 'the file is empty';
    throw new DomainError('empty_file', message, { fields: [{ field, message }] });
  }
  if (sizeBytes !== null && sizeBytes > policy.maxSizeBytes) {
    const [size, limit] = [sizeInWords(sizeBytes), sizeInWords(policy.maxSizeBytes)];
    // A byte too many is the same number of GiB.
    const has = size === limit ? `${sizeBytes} bytes` : size;
    const message = `the file has ${has}; at most ${limit}${size === limit ? ` (${policy.maxSizeBytes} bytes)` : ''} are taken`;
    throw new DomainError('file_too_large', message, { fields: [{ field, message }] });
  }
}

/** `Holiday.MP4` -> `mp4`; empty where there is none. */
export function extensionOf(fileName: string): string {
  return /\.([A-Za-z0-9]{1,8})$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

/** The policy of that name. Throws DomainError `policy_unknown`. */
export function policyNamed(policies: Readonly<Record<string, UploadPolicy>>, name: string): UploadPolicy {
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
  if (!policy) throw new DomainError('policy_unknown', `There is no upload policy ${name}`);
  return policy;
}
