import { DomainError } from '../errors.ts';
import { extensionOf } from '../upload/accept-source.ts';
import { ZIP_MIME_TYPES } from '../upload/upload-policies.ts';
import { signArchive } from './sign-archive.ts';
import { signVideoFile } from './sign-video-file.ts';
import { POLICY, type SignContext, type SignedUpload, type SignUpload } from './signed-upload.ts';

/** Either opens the admin contract. */
const SCOPES = ['admin', 'uploads:admin'];

/**
 * One signed URL for a video or for a ZIP of videos, either of them a playlist. Asked again for a file of the same name
 * that is still UPLOADING, it signs the same key: a URL that died in mid-upload is simply replaced.
 *
 * Throws DomainError `forbidden` (needs the scope `admin` or `uploads:admin`), `unsupported_format`, `empty_file`,
 * `file_too_large`, `rate_limited`, `completing` (the file has just arrived).
 */
export async function signUpload(context: SignContext, input: SignUpload): Promise<SignedUpload> {
  const { actor, settings } = context;
  if (actor.kind !== 'user' || !SCOPES.some((scope) => actor.scopes.includes(scope)))
    throw new DomainError('forbidden', 'This needs a token with the scope admin or uploads:admin');
  const upload = { ...input, ownerId: actor.ownerId };
  return settings.policies[POLICY].archives && isArchive(input)
    ? signArchive(context, upload)
    : signVideoFile(context, upload);
}

/** A type decides where it says what the file is, else the extension. */
function isArchive({ fileName, contentType }: SignUpload): boolean {
  const declared = (contentType?.split(';')[0] ?? '').trim().toLowerCase();
  if ((ZIP_MIME_TYPES as readonly string[]).includes(declared)) return true;
  return !declared.startsWith('video/') && extensionOf(fileName) === 'zip';
}
