import type { SignedUrl } from '#providers/storage/object-store.ts';
import { mayUpload } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { setPrefix } from '../storage-keys.ts';
import { Video } from '../video/video.entity.ts';
import { policyNamed } from './accept-source.ts';
import { uploadNotFound } from './lock-session.ts';
import { recordSignature } from './record-signature.ts';
import { refuseUnlessOpen } from './session-refusals.ts';
import { UploadSession } from './upload-session.entity.ts';

/** Signing is pure computation, 0.1 ms a URL: so many, and other requests have their turn. */
const SIGNED_A_TURN = 50;

/** One file of a set and the URL that stores it. */
export interface SignedSetFile {
  /** From the set's top folder. */
  readonly path: string;
  readonly storageKey: string;
  readonly signed: SignedUrl;
}

export interface SignedSet {
  readonly videoId: string;
  readonly sessionId: string;
  /** In the order of the paths asked for. */
  readonly files: readonly SignedSetFile[];
}

/**
 * Signs the PUTs of a set's files, each with its type and, where it was announced, its length; the session's life begins
 * anew. No round trip to storage.
 *
 * @param paths files of the set; all of them where left out
 * Throws DomainError `upload_not_found`, `upload_closed`, `upload_expired`, `upload_paused`, `completing`.
 */
export async function signSet(
  context: Needs<'em' | 'actor' | 'storage' | 'settings' | 'metrics' | 'now'>,
  { sessionId, paths }: { sessionId: string; paths?: readonly string[] },
): Promise<SignedSet> {
  const { em, actor, storage, settings, metrics, now } = context;
  const read = em.fork();
  const session = await read.findOne(UploadSession, { id: sessionId, provider: 'S3_SET' });
  const video = session && (await read.findOne(Video, { id: session.videoId, deletedAt: null }));
  if (!session || !video || !mayUpload(actor, video.ownerId, sessionId)) throw uploadNotFound(sessionId);
  refuseUnlessOpen(session, now());
  if (session.status === 'PAUSED')
    throw new DomainError('upload_paused', 'This upload is paused; resume it first');
  if (!(await recordSignature(context, session, { starts: true })))
    throw new DomainError('upload_closed', 'This upload was paused or ended meanwhile');

  const { urlTtlSeconds } = policyNamed(settings.policies, session.policy);
  const prefix = setPrefix(session.videoId, session.id);
  const byPath = new Map((session.setFiles ?? []).map((file) => [file.path, file]));
  const files: SignedSetFile[] = [];
  for (const path of paths ?? byPath.keys()) {
    const file = byPath.get(path);
    if (!file) throw new DomainError('hls_set_invalid', `${path} is no file of this set`);
    const { contentType, sizeBytes } = file;
    const storageKey = prefix + path;
    const options = { urlTtlSeconds, contentType, ...(sizeBytes !== null && { sizeBytes }) };
    files.push({ path, storageKey, signed: await storage.sources.presignPut(storageKey, options) });
    if (files.length % SIGNED_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  metrics.uploadsSigned(files.length);
  return { videoId: session.videoId, sessionId: session.id, files };
}
