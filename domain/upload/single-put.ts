import type { EntityManager } from '@mikro-orm/postgresql';
import type { SignedUrl } from '#providers/storage/object-store.ts';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { sourceKey, stagingKey } from '../storage-keys.ts';
import { acceptSource, policyNamed, type SourceFields } from './accept-source.ts';
import { checkAfter, lifeEnd } from './record-signature.ts';
import { UploadSession } from './upload-session.entity.ts';

/** A file that will come by one PUT, as its client announces it. */
export interface AnnouncedFile {
  readonly fileName: string;
  /** Null where the contract does not ask for it: then the file's extension decides. */
  readonly contentType: string | null;
  readonly sizeBytes?: number | undefined;
}

/** What a session is made of, before its row exists. Nothing of it needs a round trip to storage. */
export interface PlannedPut {
  readonly id: string;
  readonly videoId: string;
  readonly policy: string;
  readonly stagingKey: string;
  readonly fileKey: string;
  readonly fileName: string;
  readonly mime: string;
  readonly contentType: string | null;
  readonly sizeBytes: number | null;
  readonly partSizeBytes: number;
}

/**
 * Judges an announced file by its policy and gives it keys of its own. Throws DomainError `unsupported_format`,
 * `empty_file`, `file_too_large`, `policy_unknown`.
 */
export function planSinglePut(
  { settings }: Needs<'settings'>,
  put: { videoId: string; policyName: string; file: AnnouncedFile; fields?: SourceFields | undefined },
): PlannedPut {
  const { videoId, policyName, file, fields } = put;
  const { fileName } = file;
  const sizeBytes = file.sizeBytes ?? null;
  const policy = policyNamed(settings.policies, policyName);
  const source = acceptSource(policy, { mimeType: file.contentType ?? '', sizeBytes, fileName }, fields);
  const id = newId();
  return {
    id,
    videoId,
    policy: policyName,
    stagingKey: stagingKey(videoId, id, source.extension),
    fileKey: sourceKey(videoId, id, source.extension),
    fileName,
    mime: source.mimeType,
    contentType: typeToSend(file.contentType, source.mimeType),
    sizeBytes,
    // The whole file is one part.
    partSizeBytes: sizeBytes ?? policy.maxSizeBytes,
  };
}

/** As the client spells it: that is what it will send. Where a header could not carry that, our own spelling. */
function typeToSend(declared: string | null, mimeType: string): string | null {
  const named = declared?.trim() ?? '';
  if (named === '') return null;
  return /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(named) ? named : mimeType;
}

/** Signs the PUT to the staging key. Pure computation; length and type are bound where they are known. */
export function signStagedPut(
  { storage, settings }: Needs<'storage' | 'settings'>,
  put: {
    stagingKey: string;
    policy: string;
    contentType?: string | null | undefined;
    sizeBytes?: number | null | undefined;
  },
): Promise<SignedUrl> {
  const { urlTtlSeconds } = policyNamed(settings.policies, put.policy);
  return storage.sources.presignPut(put.stagingKey, {
    urlTtlSeconds,
    ...(put.contentType != null && { contentType: put.contentType }),
    ...(put.sizeBytes != null && { sizeBytes: put.sizeBytes }),
  });
}

/** The session's row; it has been signed for, so it is under way. Its video is locked, or new in this transaction. */
export async function insertSinglePut(
  context: Needs<'settings' | 'now'>,
  tx: EntityManager,
  planned: PlannedPut,
): Promise<UploadSession> {
  const signedAt = context.now();
  const session = tx.create(UploadSession, {
    ...planned,
    provider: 'S3_PUT',
    providerUploadId: '',
    lastSignedAt: signedAt,
    nextCheckAt: checkAfter(signedAt),
    expiresAt: lifeEnd(context, signedAt),
  });
  await tx.flush();
  session.moveTo('IN_PROGRESS');
  await tx.flush();
  return session;
}
