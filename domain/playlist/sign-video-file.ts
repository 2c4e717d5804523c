import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { countUpload } from '../access/limit-uploads.ts';
import { isDomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { transaction } from '../transaction.ts';
import { policyNamed } from '../upload/accept-source.ts';
import { signSinglePut } from '../upload/open-single-put.ts';
import { insertSinglePut, type PlannedPut, planSinglePut } from '../upload/single-put.ts';
import { UploadSession } from '../upload/upload-session.entity.ts';
import { Video } from '../video/video.entity.ts';
import { showableName, titleOf } from './entry-names.ts';
import { Playlist } from './playlist.entity.ts';
import { PlaylistEntry } from './playlist-entry.entity.ts';
import {
  type OwnersUpload,
  POLICY,
  type SignContext,
  type SignedUpload,
  takeTurns,
} from './signed-upload.ts';

interface Standing {
  readonly playlistId: string;
  readonly sessionId: string;
}

/**
 * A video in UPLOADING, the playlist of which it is the only entry, and its session, in one transaction; then one signed
 * PUT to the session's staging key. While such a one of the same name stands, that is signed again.
 *
 * Throws DomainError `unsupported_format`, `empty_file`, `file_too_large`, `rate_limited`, `completing`.
 */
export async function signVideoFile(
  context: SignContext,
  upload: OwnersUpload,
  isSecondTry = false,
): Promise<SignedUpload> {
  const planned = planSinglePut(context, {
    videoId: newId(),
    policyName: POLICY,
    file: upload,
    fields: upload.fields,
  });
  const { playlistId, sessionId } = await transaction(context.em, async (tx) => {
    await takeTurns(tx, upload);
    const standing = await findStanding(context, tx, upload);
    if (!standing) return create(context, tx, upload, planned);
    await announceAnew(context, tx, standing.sessionId, planned);
    return standing;
  });
  try {
    const put = await signSinglePut(context, { sessionId });
    const { storageKey: key, signed, contentType } = put;
    return { playlistId, videoId: put.video.id, key, signed, contentType };
  } catch (error) {
    // It ended between the two looks: then this is another upload.
    const isOver = isDomainError(error, 'upload_closed', 'upload_expired', 'upload_not_found');
    if (isOver && !isSecondTry) return signVideoFile(context, upload, true);
    throw error;
  }
}

async function findStanding(
  { now }: SignContext,
  tx: EntityManager,
  { ownerId, fileName }: OwnersUpload,
): Promise<Standing | null> {
  const { rows } = await sql<{ playlist_id: string; session_id: string }>`
    select p.id as playlist_id, s.id as session_id from playlists p
    join playlist_entries e on e.playlist_id = p.id
    join videos v on v.id = e.video_id and v.deleted_at is null and v.status = 'UPLOADING'
    join upload_sessions s on s.video_id = v.id and s.provider = 'S3_PUT'
      and s.status in ('INITIATED', 'IN_PROGRESS') and s.expires_at > ${now().toISOString()}::timestamptz
    where p.owner_id = ${ownerId}::uuid and p.file_name = ${fileName} and p.archive_key is null
    order by p.created_at desc limit 1`.execute(tx.getKysely());
  const [row] = rows;
  return row ? { playlistId: row.playlist_id, sessionId: row.session_id } : null;
}

/**
 * The client may have chosen another file of that name: what it says of the file now is what it will send. What is being
 * completed stays as it is.
 */
async function announceAnew(
  { now }: SignContext,
  tx: EntityManager,
  sessionId: string,
  { sizeBytes, contentType, mime, partSizeBytes }: PlannedPut,
): Promise<void> {
  await tx.nativeUpdate(
    UploadSession,
    { id: sessionId, $or: [{ completingUntil: null }, { completingUntil: { $lt: now() } }] },
    { sizeBytes, contentType, mime, partSizeBytes },
  );
}

async function create(
  context: SignContext,
  tx: EntityManager,
  upload: OwnersUpload,
  planned: PlannedPut,
): Promise<Standing> {
  const { settings, now } = context;
  const { ownerId, fileName } = upload;
  const policy = policyNamed(settings.policies, POLICY);
  await countUpload(tx, { ownerId, policyName: POLICY, policy, now: now() });
  const title = upload.title ?? titleOf(fileName);
  const [playlistId, { videoId }] = [newId(), planned];
  const video = tx.create(Video, {
    id: videoId,
    ownerId,
    title,
    sourceMime: planned.mime,
    sourceSizeBytes: planned.sizeBytes,
    metadata: { playlistId, path: fileName },
    policy: POLICY,
    createdVia: POLICY,
  });
  const expiresAt = new Date(now().getTime() + settings.sessionTtlSeconds * 1000);
  const playlist = tx.create(Playlist, {
    id: playlistId,
    ownerId,
    title,
    policy: POLICY,
    fileName,
    expiresAt,
  });
  await tx.flush();
  video.moveTo('UPLOADING');
  playlist.moveTo('UNPACKED');
  tx.create(PlaylistEntry, {
    playlistId,
    position: 0,
    name: showableName(fileName),
    sizeBytes: planned.sizeBytes,
    state: 'ACCEPTED',
    videoId,
  });
  const session = await insertSinglePut(context, tx, planned);
  return { playlistId, sessionId: session.id };
}
