import { Metadata, type Upload } from '@tus/server';
import { textFault } from '#api/middleware/text-faults.ts';
import { MalformedRequest } from '#api/problems/refusal-of-error.ts';
import type { LiveGrant } from '#domain/access/upload-grants.ts';
import type { Context } from '#domain/context.ts';
import { beginUpload } from '#domain/upload/begin-upload.ts';
import { tusPartSizeFor } from '#domain/upload/tus-upload.ts';
import type { UploadPolicy } from '#domain/upload/upload-policies.ts';
import type { UploadSession } from '#domain/upload/upload-session.entity.ts';

/** How tus clients call what they say of a file. */
const FIELDS = { type: 'filetype', size: 'Upload-Length' };
const NAMELESS = 'upload';

/** `Upload-Metadata`: names with texts in base64, or without. */
export type TusMetadata = Readonly<Record<string, string | null>>;

/** Throws MalformedRequest. */
export function metadataOf(headers: Headers): TusMetadata {
  const header = headers.get('upload-metadata');
  // Some clients send the header with nothing in it.
  if (!header?.trim()) return {};
  let metadata: TusMetadata;
  try {
    metadata = Metadata.parse(header);
  } catch (cause) {
    throw new MalformedRequest('Upload-Metadata has to be names with texts in base64.', { cause });
  }
  if (textFault(metadata)) throw new MalformedRequest('Upload-Metadata holds text that cannot be stored.');
  return metadata;
}

/** Stores a new TUS upload as its client describes it. Throws what `beginUpload` throws. */
export function beginTus(
  context: Context,
  upload: Upload,
  terms: {
    readonly metadata: TusMetadata;
    readonly policyName: string;
    readonly policy: UploadPolicy;
    readonly grant: LiveGrant | undefined;
    readonly tokenHash: string;
  },
): Promise<UploadSession> {
  const { metadata, policyName, policy, grant, tokenHash } = terms;
  return beginUpload(context, {
    sessionId: upload.id,
    provider: 'TUS',
    fileName: (metadata.filename ?? metadata.name ?? '').trim() || NAMELESS,
    contentType: (metadata.filetype ?? metadata.type ?? '').trim(),
    announcedBytes: upload.size ?? null,
    isPinned: true,
    partSizeBytes: tusPartSizeFor(policy.maxSizeBytes),
    policyName,
    createdVia: 'tus',
    metadata,
    tokenHash: () => tokenHash,
    fields: FIELDS,
    ...(grant && { grantId: grant.id }),
  });
}
