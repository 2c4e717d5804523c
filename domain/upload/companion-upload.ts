import type { StoredPart } from '#providers/storage/object-store.ts';
import { sessionHashUnderGrant } from '../access/upload-grants.ts';
import { hashOfToken, isUploadToken } from '../access/upload-token.ts';
import type { Actor, Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { Video } from '../video/video.entity.ts';
import type { ClientPart } from './compare-parts.ts';
import { completeUpload } from './complete-upload.ts';
import { uploadNotFound } from './lock-session.ts';
import { asRanges, partCountFor, partLength } from './part-plan.ts';
import { storedPartsNow } from './stored-parts.ts';
import { UploadSession } from './upload-session.entity.ts';
import type { CompletionView } from './upload-view.ts';

/** A part as a Companion client names it; some cannot read the ETag. */
export interface NamedPart {
  readonly partNumber: number;
  readonly etag: string | null;
}

/**
 * Who may work on a session by the token in its path: its own upload token, or the grant that began it, whether or not
 * either would still begin anything. A session that is over is found too: its client may have lost the answer.
 *
 * Throws DomainError `upload_not_found`, also when the session belongs to another token.
 */
export async function companionActor(
  { em }: Needs<'em'>,
  { token, sessionId, videoId }: { token: string; sessionId: string; videoId?: string | undefined },
): Promise<Actor & { kind: 'upload' }> {
  const read = em.fork();
  const session = await read.findOne(UploadSession, { id: sessionId, provider: 'S3_MULTIPART' });
  const hash = isUploadToken(token) ? hashOfToken(token) : sessionHashUnderGrant(token, sessionId);
  if (!session || session.tokenHash !== hash || (videoId !== undefined && session.videoId !== videoId))
    throw uploadNotFound(sessionId);
  const video = await read.findOne(Video, { id: session.videoId, deletedAt: null });
  if (!video) throw uploadNotFound(sessionId);
  return { kind: 'upload', ownerId: video.ownerId, sessionId };
}

/** The session of an upload token, for clients that ask to create what exists. Throws as `companionActor`. */
export async function companionSession(
  { em, actor }: Needs<'em' | 'actor'>,
  sessionId: string,
): Promise<{ sessionId: string; videoId: string }> {
  const session = await em.fork().findOne(UploadSession, { id: sessionId, provider: 'S3_MULTIPART' });
  if (!session || actor.kind !== 'upload' || actor.sessionId !== sessionId) throw uploadNotFound(sessionId);
  return { sessionId, videoId: session.videoId };
}

/** All parts that are stored, of a completed upload too: clients that resume skip what is listed. */
export async function companionParts(
  { em, storage }: Needs<'em' | 'storage'>,
  { sessionId }: { sessionId: string },
): Promise<readonly StoredPart[]> {
  const read = em.fork();
  const session = await read.findOneOrFail(UploadSession, { id: sessionId });
  if (session.status !== 'COMPLETED') return storedPartsNow({ storage }, session);
  const { storedParts, bytesUploaded: sizeBytes, partSizeBytes } = session;
  const keptBytes = (storedParts ?? []).reduce((sum, part) => sum + part.sizeBytes, 0);
  if (storedParts && keptBytes === sizeBytes) return storedParts;
  // Completed by somebody who kept no list. The numbers are what a client goes by.
  const { sourceEtag } = await read.findOneOrFail(Video, { id: session.videoId });
  return Array.from({ length: partCountFor(sizeBytes, partSizeBytes) }, (_, i) => ({
    partNumber: i + 1,
    sizeBytes: partLength(sizeBytes, partSizeBytes, i + 1),
    etag: sourceEtag ?? '',
  }));
}

/**
 * Completes an upload whose client cut it as it liked, so that its list is the only thing that says where the file ends:
 * every part it names has to be there, and all of them together have to be as long as it announced.
 *
 * Throws DomainError `parts_missing`, and what `completeUpload` throws.
 */
export async function completeCompanion(
  context: Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>,
  { sessionId, parts }: { sessionId: string; parts: readonly NamedPart[] },
): Promise<CompletionView> {
  const { em, now } = context;
  const session = await em.fork().findOneOrFail(UploadSession, { id: sessionId });
  if (session.isLive() && !session.isCompleting(now())) await refuseUnlessAllThere(context, session, parts);
  const known = parts.filter((part): part is ClientPart => part.etag !== null);
  return completeUpload(context, { sessionId, parts: known });
}

async function refuseUnlessAllThere(
  { em, storage, now }: Needs<'em' | 'storage' | 'now'>,
  session: UploadSession,
  named: readonly NamedPart[],
): Promise<void> {
  const stored = await storedPartsNow({ storage }, session);
  // Joined by a completion that was interrupted: the next one finds the object.
  if (stored.length === 0) return;
  const numbers = new Set(stored.map((part) => part.partNumber));
  const missing = named.map((part) => part.partNumber).filter((number) => !numbers.has(number));
  if (missing.length > 0) throw partsMissing(asRanges([...new Set(missing)].sort((a, b) => a - b)));
  const { sourceSizeBytes } = await em.fork().findOneOrFail(Video, { id: session.videoId });
  const storedBytes = stored.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sourceSizeBytes != null && storedBytes < sourceSizeBytes)
    throw partsMissing(`${stored.length + 1}`, `${storedBytes} of ${sourceSizeBytes} bytes are stored`);
  // For clients that ask again when it is complete.
  await em
    .fork()
    .nativeUpdate(UploadSession, { id: session.id }, { storedParts: stored, storedPartsAt: now() });
}

function partsMissing(missing: string, detail = `Storage lacks the parts ${missing}`): DomainError {
  return new DomainError('parts_missing', detail, { members: { missing } });
}
