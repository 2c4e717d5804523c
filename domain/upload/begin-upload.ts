import type { EntityManager } from '@mikro-orm/postgresql';
import { countUpload, refuseOverLimit } from '../access/limit-uploads.ts';
import { spendGrant } from '../access/upload-grants.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { sourceKey } from '../storage-keys.ts';
import { transaction } from '../transaction.ts';
import { Video } from '../video/video.entity.ts';
import { acceptSource, policyNamed, type SourceFields } from './accept-source.ts';
import { UploadSession } from './upload-session.entity.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'log' | 'now'>;

export interface BeginUpload {
  /** Chosen by the caller where something refers to it before it is stored. */
  readonly sessionId?: string;
  readonly provider: 'S3_MULTIPART' | 'TUS';
  readonly fileName: string;
  /** Empty where the client does not know: then the file's extension decides. */
  readonly contentType: string;
  /** Null where the client does not know yet. */
  readonly announcedBytes: number | null;
  /** Whether all parts have exactly `partSizeBytes`. False: the client cuts as it likes, and the parts are judged at the end. */
  readonly isPinned: boolean;
  readonly partSizeBytes: number;
  readonly policyName: string;
  readonly createdVia: 'tus' | 'companion';
  readonly metadata: Readonly<Record<string, unknown>>;
  /** SHA-256 of what opens the session, hex. */
  readonly tokenHash: (sessionId: string) => string;
  /** The grant that pays for it. */
  readonly grantId?: string;
  readonly fields: SourceFields;
}

const TITLE_LENGTH_MAX = 200;
const FILE_NAME_LENGTH_MAX = 255;

/**
 * A new video and an open upload of its file, for clients that know neither: in one transaction the owner's hourly limit,
 * the grant, the video in UPLOADING and its session. Storage is asked first, so that no row ever names an upload that is
 * not there; what a crash in between leaves in storage belongs to no row, and is swept.
 *
 * Throws DomainError `forbidden`, `unsupported_format`, `empty_file`, `file_too_large`, `policy_unknown`, `rate_limited`,
 * `grant_used_up`, StorageError.
 */
export async function beginUpload(context: Context, input: BeginUpload): Promise<UploadSession> {
  const { em, actor, storage, settings, log, now } = context;
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can begin an upload');
  const policy = policyNamed(settings.policies, input.policyName);
  const { contentType: mimeType, announcedBytes: sizeBytes, fileName, fields } = input;
  const source = acceptSource(policy, { mimeType, sizeBytes, fileName }, fields);
  const { ownerId } = actor;
  await refuseOverLimit(em.fork(), { ownerId, policyName: input.policyName, policy, now: now() });
  const videoId = newId();
  const id = input.sessionId ?? newId();
  const fileKey = sourceKey(videoId, id, source.extension);
  const providerUploadId = await storage.sources.createMultipart(fileKey, { contentType: source.mimeType });
  const planned = { id, videoId, fileKey, providerUploadId, mime: source.mimeType };
  try {
    return await transaction(em, (tx) => insert(context, tx, { ...planned, ownerId }, input));
  } catch (error) {
    await storage.sources
      .abortMultipart(fileKey, providerUploadId)
      .catch((err: unknown) => log.warn({ err, sessionId: id }, 'a refused upload was left to the sweeper'));
    throw error;
  }
}

async function insert(
  { settings, now }: Context,
  tx: EntityManager,
  planned: Pick<UploadSession, 'id' | 'videoId' | 'fileKey' | 'providerUploadId' | 'mime'> & {
    readonly ownerId: string;
  },
  input: BeginUpload,
): Promise<UploadSession> {
  const { ownerId, ...session } = planned;
  const { policyName, provider, partSizeBytes, announcedBytes, createdVia } = input;
  const policy = policyNamed(settings.policies, policyName);
  if (input.grantId !== undefined) await spendGrant(tx, input.grantId, now());
  await countUpload(tx, { ownerId, policyName, policy, now: now() });
  const video = tx.create(Video, {
    id: session.videoId,
    ownerId,
    title: titleFrom(input.metadata.title, input.fileName),
    sourceMime: session.mime,
    sourceSizeBytes: announcedBytes,
    metadata: { ...input.metadata },
    policy: policyName,
    createdVia,
  });
  await tx.flush();
  video.moveTo('UPLOADING');
  const created = tx.create(UploadSession, {
    ...session,
    provider,
    sizeBytes: input.isPinned ? announcedBytes : null,
    partSizeBytes,
    policy: policyName,
    fileName: [...input.fileName].slice(0, FILE_NAME_LENGTH_MAX).join(''),
    tokenHash: input.tokenHash(session.id),
    createdAt: now(),
    expiresAt: new Date(now().getTime() + settings.sessionTtlSeconds * 1000),
  });
  await tx.flush();
  return created;
}

/** What the client calls it, else its file's name without the extension. Never empty, 200 characters at most. */
function titleFrom(wanted: unknown, fileName: string): string {
  const named = typeof wanted === 'string' ? wanted.trim() : '';
  const title = named || fileName.replace(/\.[A-Za-z0-9]{1,8}$/, '').trim() || 'Untitled';
  return [...title].slice(0, TITLE_LENGTH_MAX).join('');
}
