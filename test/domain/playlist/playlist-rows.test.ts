import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type PlaylistState, playlistStates } from '#domain/playlist/playlist-states.ts';
import { refusalOf, useDatabase } from '#test/database/connections.ts';

const { connection } = useDatabase();
/** What the design says, written a second time. */
const WAYS: Record<PlaylistState, PlaylistState[]> = {
  UPLOADING: [],
  UPLOADED: ['UPLOADED'],
  UNPACKING: ['UPLOADED', 'UNPACKING'],
  UNPACKED: ['UNPACKED'],
  FAILED: ['FAILED'],
};
const ALLOWED = [
  'UPLOADING UPLOADED',
  'UPLOADING UNPACKED',
  'UPLOADING FAILED',
  'UPLOADED UNPACKING',
  'UPLOADED FAILED',
  'UNPACKING UNPACKED',
  'UNPACKING FAILED',
];
const CHECK_VIOLATION = '23514';

async function insert(state: string = 'UPLOADING', reason: string | null = null): Promise<string> {
  const id = randomUUID();
  await connection().query(
    `insert into playlists (id, owner_id, title, state, fail_reason, policy, file_name, expires_at, created_at, updated_at)
     values ($1, $1, 'Course', $2, $3, 'admin', 'a.zip', now(), now(), now())`,
    [id, state, reason],
  );
  return id;
}

async function move(id: string, state: string): Promise<void> {
  const reason = state === 'FAILED' ? 'ARCHIVE_DAMAGED' : null;
  await connection().query('update playlists set state = $2, fail_reason = $3 where id = $1', [
    id,
    state,
    reason,
  ]);
}

describe.each(playlistStates.states)('a playlist that is %s', (from) => {
  test.each(playlistStates.states.filter((to) => to !== from))(
    'goes to %s only along the table',
    async (to) => {
      const id = await insert();
      for (const step of WAYS[from]) await move(id, step);
      const isAllowed = ALLOWED.includes(`${from} ${to}`);
      expect(playlistStates.can(from, to)).toBe(isAllowed);
      expect((await refusalOf(move(id, to)))?.code ?? null).toBe(isAllowed ? null : CHECK_VIOLATION);
    },
  );
});

test('a playlist is born UPLOADING, and FAILED has a reason that no other state has', async () => {
  expect((await refusalOf(insert('UNPACKED')))?.code).toBe(CHECK_VIOLATION);
  expect((await refusalOf(insert('FAILED', 'ARCHIVE_EMPTY')))?.code).toBe(CHECK_VIOLATION);
  expect((await refusalOf(insert('UPLOADING', 'ARCHIVE_EMPTY')))?.code).toBe(CHECK_VIOLATION);
  const id = await insert();
  const bare = connection().query("update playlists set state = 'FAILED' where id = $1", [id]);
  expect((await refusalOf(bare))?.code).toBe(CHECK_VIOLATION);
});

test('an entry has its place once, ACCEPTED has a video, REFUSED a reason, and it goes with its playlist', async () => {
  const id = await insert();
  const entry = (
    position: number,
    state: string,
    videoId: string | null = null,
    reason: string | null = null,
  ) =>
    connection().query(
      `insert into playlist_entries (id, playlist_id, position, name, state, video_id, fail_reason, created_at)
       values ($1, $2, $3, 'a.mp4', $4, $5, $6, now())`,
      [randomUUID(), id, position, state, videoId, reason],
    );
  await entry(0, 'PENDING');
  expect((await refusalOf(entry(0, 'PENDING')))?.code).toBe('23505');
  expect((await refusalOf(entry(1, 'ACCEPTED')))?.code).toBe(CHECK_VIOLATION);
  expect((await refusalOf(entry(1, 'REFUSED')))?.code).toBe(CHECK_VIOLATION);
  expect((await refusalOf(entry(1, 'DONE')))?.code).toBe(CHECK_VIOLATION);
  await entry(1, 'ACCEPTED', randomUUID());
  await entry(2, 'REFUSED', null, 'ARCHIVE_NESTED');
  await connection().query('delete from playlists where id = $1', [id]);
  const { rows } = await connection().query('select from playlist_entries where playlist_id = $1', [id]);
  expect(rows).toEqual([]);
});
