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

/**
 * Refuses at once what the policy does not take, by what the client declares; the bytes are judged after the upload.
 *
 * @returns the format, the MIME type we store, and the extension of the source's key
 * Throws DomainError `unsupported_format`, `empty_file`, `file_too_large`, each naming the member.
 */
export function acceptSource(
  policy: UploadPolicy,
  source: { mimeType: string; sizeBytes: number },
): { format: VideoFormat; mimeType: string; extension: string } {
  const declared = bareMimeType(source.mimeType);
  const allowed: VideoFormat[] = policy.formats.map((name) => VIDEO_FORMATS[name]);
  const format = allowed.find((candidate) => candidate.mimeTypes.includes(declared));
  if (!format) {
    const message = `${declared || 'an empty type'} is not taken; send one of ${allowed.map((f) => f.mimeTypes[0]).join(', ')}`;
    throw new DomainError('unsupported_format', message, { fields: [{ field: 'sourceMime', message }] });
  }
  if (source.sizeBytes === 0) {
    const message = 'the file is empty';
    throw new DomainError('empty_file', message, { fields: [{ field: 'sourceSizeBytes', message }] });
  }
  if (source.sizeBytes > policy.maxSizeBytes) {
    const message = `the file has ${sizeInWords(source.sizeBytes)}; at most ${sizeInWords(policy.maxSizeBytes)} are taken`;
    throw new DomainError('file_too_large', message, { fields: [{ field: 'sourceSizeBytes', message }] });
  }
  return { format, mimeType: format.mimeTypes[0], extension: format.extensions[0] };
}

/** The policy of that name. Throws DomainError `policy_unknown`. */
export function policyNamed(policies: Readonly<Record<string, UploadPolicy>>, name: string): UploadPolicy {
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
  if (!policy) throw new DomainError('policy_unknown', `There is no upload policy ${name}`);
  return policy;
}
