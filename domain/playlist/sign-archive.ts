import { countUpload } from '../access/limit-uploads.ts';
import { newId } from '../identifiers.ts';
import { archiveKey } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { policyNamed, refuseSize } from '../upload/accept-source.ts';
import { nextCheckOf } from '../upload/next-check.ts';
import { ZIP_MIME_TYPES } from '../upload/upload-policies.ts';
import { titleOf } from './entry-names.ts';
import { Playlist } from './playlist.entity.ts';
import {
  type OwnersUpload,
  POLICY,
  type SignContext,
  type SignedUpload,
  takeTurns,
} from './signed-upload.ts';

/**
 * A playlist in UPLOADING and a signed PUT for its archive; for one that is there already, its key again. Throws
 * DomainError `empty_file`, `file_too_large`, `rate_limited`.
 */
export async function signArchive(context: SignContext, upload: OwnersUpload): Promise<SignedUpload> {
  const { em, settings, now } = context;
  const policy = policyNamed(settings.policies, POLICY);
  refuseSize(policy, upload.sizeBytes ?? null, upload.fields.size);
  const playlist = await transaction(em, async (tx) => {
    await takeTurns(tx, upload);
    const { ownerId, fileName } = upload;
    const signedAt = now();
    const times = {
      nextCheckAt: nextCheckOf(signedAt, signedAt),
      expiresAt: new Date(signedAt.getTime() + settings.sessionTtlSeconds * 1000),
    };
    const standing = await tx.findOne(Playlist, {
      ownerId,
      fileName,
      state: 'UPLOADING',
      archiveKey: { $ne: null },
      expiresAt: { $gt: signedAt },
    });
    if (standing) return Object.assign(standing, times);
    await countUpload(tx, { ownerId, policyName: POLICY, policy, now: signedAt });
    const id = newId();
    return tx.create(Playlist, {
      ...times,
      id,
      ownerId,
      title: upload.title ?? titleOf(fileName),
      policy: POLICY,
      fileName,
      archiveKey: archiveKey(id),
    });
  });
  return signArchiveKey(context, playlist.id, upload);
}

/** Signs a PUT to the archive's key. Pure computation. */
export async function signArchiveKey(
  { storage, settings, metrics }: SignContext,
  playlistId: string,
  { contentType: declared, sizeBytes }: Pick<OwnersUpload, 'contentType' | 'sizeBytes'>,
): Promise<SignedUpload> {
  const key = archiveKey(playlistId);
  const contentType = typeToSend(declared);
  const signed = await storage.sources.presignPut(key, {
    urlTtlSeconds: policyNamed(settings.policies, POLICY).urlTtlSeconds,
    ...(contentType !== null && { contentType }),
    ...(sizeBytes !== undefined && { sizeBytes }),
  });
  metrics.uploadsSigned(1);
  return { playlistId, videoId: null, key, signed, contentType };
}

/** As the client spells it: that is what it will send, unless no header could carry it. */
function typeToSend(declared: string | null): string | null {
  const named = declared?.trim() ?? '';
  if (named === '') return null;
  return /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(named) ? named : ZIP_MIME_TYPES[0];
}
