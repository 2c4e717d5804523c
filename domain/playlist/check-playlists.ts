import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { nextCheckOf } from '../upload/next-check.ts';
import { checkPlaylist } from './check-playlist.ts';
import { enqueueAnnouncement } from './end-playlist.ts';
import { enqueueUnpack, UNPACK_KEY_PREFIX } from './enqueue-unpack.ts';
import { Playlist } from './playlist.entity.ts';

type Context = Needs<'em' | 'storage' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** As many as sessions, a round (R22). */
const PLAYLISTS_PER_ROUND = 20;

/** Looks after playlists that nobody moves: archives that arrived unseen, that nobody unpacks, ends that nobody was told. */
export async function checkPlaylists(context: Context): Promise<void> {
  const { em, log, now } = context;
  const due = await em
    .fork()
    .find(
      Playlist,
      { nextCheckAt: { $lte: now() }, state: { $in: ['UPLOADING', 'UNPACKED', 'FAILED'] } },
      { orderBy: { nextCheckAt: 'asc' }, limit: PLAYLISTS_PER_ROUND },
    );
  for (const playlist of due) {
    const { id: playlistId } = playlist;
    if (playlist.state !== 'UPLOADING') await announceAgain(context, playlist);
    else
      await checkPlaylist(context, { playlistId }).catch((error: unknown) =>
        leaveFor(context, playlistId).finally(() =>
          log.warn({ err: error, playlistId }, 'archive could not be looked for'),
        ),
      );
  }
  await unpackFurther(context);
}

/** Twice as long as it has waited: a transcode takes as long as it takes. */
async function announceAgain(context: Context, playlist: Playlist): Promise<void> {
  await transaction(context.em, async (tx) => {
    const nextCheckAt = nextCheckOf(playlist.updatedAt, context.now());
    await tx.nativeUpdate(Playlist, { id: playlist.id, announcedAt: null }, { nextCheckAt });
    await enqueueAnnouncement(context, tx, playlist.id);
  });
}

/** One that storage does not tell of holds up no other. */
async function leaveFor({ em, now }: Context, playlistId: string): Promise<void> {
  await em.fork().nativeUpdate(Playlist, { id: playlistId }, { nextCheckAt: nextCheckOf(now(), now()) });
}

/** Archives that wait, or whose worker is gone, and no job in the queue for them. */
async function unpackFurther(context: Context): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select p.id from playlists p
    where p.state in ('UPLOADED', 'UNPACKING') and (p.lease_until is null or p.lease_until < now())
      and not exists (select from graphile_worker.jobs q
        where q.key = ${UNPACK_KEY_PREFIX} || p.id and q.attempts < q.max_attempts)
    limit 100`.execute(context.em.fork().getKysely());
  for (const { id: playlistId } of rows)
    await transaction(context.em, (tx) => enqueueUnpack(context, tx, { playlistId }));
}
