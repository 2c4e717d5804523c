import { sql } from 'kysely';
import type { ArchiveEntry } from '#providers/archive/archive-reader.ts';
import type { Needs } from '../context.ts';
import { newId } from '../identifiers.ts';
import { transaction } from '../transaction.ts';
import { showableName } from './entry-names.ts';
import type { Judgement } from './judge-entries.ts';
import { fencePlaylist, type PlaylistLease } from './playlist-lease.ts';

/** Rows in one statement: ten thousand make ten. */
const BATCH_SIZE = 1000;

/** True when the entries of an archive are written down already. */
export async function hasEntries({ em }: Needs<'em'>, playlistId: string): Promise<boolean> {
  const { rows } = await sql`
    select from playlist_entries where playlist_id = ${playlistId}::uuid limit 1`.execute(
    em.fork().getKysely(),
  );
  return rows.length > 0;
}

/** Writes down what an archive holds, all of it or nothing, before anything is unpacked. */
export async function writeEntries(
  { em, now }: Needs<'em' | 'now'>,
  lease: PlaylistLease,
  judged: readonly { record: ArchiveEntry; judgement: Judgement }[],
): Promise<void> {
  const createdAt = now().toISOString();
  const rows = judged.map(({ record, judgement }) => ({
    id: newId(),
    position: record.position,
    name: showableName(record.name),
    // What is said to be larger than a number can tell exactly is refused anyway.
    size_bytes: Math.min(record.unpackedBytes, Number.MAX_SAFE_INTEGER),
    state: judgement.state,
    fail_reason: judgement.failReason,
  }));
  await transaction(em, async (tx) => {
    await fencePlaylist(tx, lease);
    for (let at = 0; at < rows.length; at += BATCH_SIZE)
      await sql`
        insert into playlist_entries (id, playlist_id, position, name, size_bytes, state, fail_reason, created_at)
        select r.id, ${lease.playlistId}::uuid, r.position, r.name, r.size_bytes, r.state, r.fail_reason,
          ${createdAt}::timestamptz
        from jsonb_to_recordset(${JSON.stringify(rows.slice(at, at + BATCH_SIZE))}::jsonb)
          as r(id uuid, position int, name text, size_bytes bigint, state text, fail_reason text)`.execute(
        tx.getKysely(),
      );
  });
}
