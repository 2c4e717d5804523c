import { sql } from 'kysely';
import { mayAct } from '../access/ownership.ts';
import { DomainError } from '../errors.ts';
import { signSinglePut } from '../upload/open-single-put.ts';
import { Playlist } from './playlist.entity.ts';
import { signArchiveKey } from './sign-archive.ts';
import type { SignContext, SignedUpload, SignUpload } from './signed-upload.ts';

/**
 * Signs the key of a playlist that was signed before, for a request that is repeated. Throws DomainError
 * `playlist_not_found`, `upload_closed` (its file has arrived, or came to nothing), `upload_expired`, `completing`.
 */
export async function signAgain(
  context: SignContext,
  { playlistId, upload }: { playlistId: string; upload: Pick<SignUpload, 'contentType' | 'sizeBytes'> },
): Promise<SignedUpload> {
  const { em, actor } = context;
  const read = em.fork();
  const playlist = await read.findOne(Playlist, { id: playlistId });
  if (!playlist || !mayAct(actor, playlist.ownerId))
    throw new DomainError('playlist_not_found', `There is no playlist ${playlistId}`);
  if (playlist.archiveKey != null) {
    if (playlist.state === 'UPLOADING') return signArchiveKey(context, playlistId, upload);
    throw new DomainError('upload_closed', `The archive is ${playlist.state} already`);
  }
  const { rows } = await sql<{ id: string }>`
    select s.id from playlist_entries e join upload_sessions s on s.video_id = e.video_id and s.provider = 'S3_PUT'
    where e.playlist_id = ${playlistId}::uuid order by s.created_at desc limit 1`.execute(read.getKysely());
  const [session] = rows;
  if (!session) throw new DomainError('upload_closed', 'The video of this playlist is gone');
  const put = await signSinglePut(context, { sessionId: session.id });
  const { storageKey: key, signed, contentType } = put;
  return { playlistId, videoId: put.video.id, key, signed, contentType };
}
