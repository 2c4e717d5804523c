import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish, runStatement, uploaded } from '#test/api/pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '#test/api/test-api.ts';

interface Body {
  readonly id: string;
  readonly videos: { name: string; position: number; state: string; failReason: string | null }[];
  readonly counts: Record<string, number>;
  readonly items: { id: string; state: string }[];
  readonly nextCursor: string | null;
}

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const read = async (path: string): Promise<Body> => {
  const response = await api.call('GET', path);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Body;
};
const sql = (statement: string, values: unknown[] = []) => runStatement(api.platform, statement, values);

async function playlist(ownerId = api.ownerId): Promise<string> {
  const id = randomUUID();
  await sql(
    `insert into playlists (id, owner_id, title, policy, file_name, archive_key, expires_at, created_at, updated_at)
     values (?, ?, 'Course', 'admin', 'course.zip', ?, now() + interval '1 day', now(), now())`,
    [id, ownerId, `archives/${id}/archive.zip`],
  );
  return id;
}

async function entries(
  playlistId: string,
  count: number,
  members: object = { state: 'PENDING' },
): Promise<void> {
  const row = { fail_reason: null, video_id: null, ...members };
  await sql(
    `insert into playlist_entries (id, playlist_id, position, name, state, fail_reason, video_id, created_at)
     select gen_random_uuid(), ?, n + (select count(*) from playlist_entries where playlist_id = ?), 'clip-' || n || '.mp4',
       r.state, r.fail_reason, r.video_id, now()
     from generate_series(0, ?::int - 1) n, jsonb_to_record(?::jsonb) as r(state text, fail_reason text, video_id uuid)`,
    [playlistId, playlistId, count, JSON.stringify(row)],
  );
}

test('a playlist shows its entries in order, each with what came of it', async () => {
  const id = await playlist();
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, { 'master.m3u8': '#EXTM3U' });
  await entries(id, 1, { state: 'ACCEPTED', video_id: videoId });
  await entries(id, 1, { state: 'REFUSED', fail_reason: 'ARCHIVE_ENCRYPTED' });
  await entries(id, 1, { state: 'IGNORED' });
  await entries(id, 1, { state: 'ACCEPTED', video_id: randomUUID() });
  await entries(id, 1);
  const nothing = { status: null, title: null, streamUrl: null, posterUrl: null, durationSeconds: null };
  expect(await read(`/api/playlists/${id}`)).toEqual({
    id,
    title: 'Course',
    fileName: 'course.zip',
    state: 'UPLOADING',
    failReason: null,
    failDetail: null,
    createdAt: expect.any(String),
    counts: { total: 5, pending: 1, accepted: 2, refused: 1, ignored: 1, ready: 1, failed: 0 },
    videos: [
      {
        position: 0,
        name: 'clip-0.mp4',
        state: 'ACCEPTED',
        videoId,
        status: 'READY',
        failReason: null,
        title: 'Tour',
        streamUrl: expect.stringContaining(`${prefix}master.m3u8`),
        posterUrl: null,
        durationSeconds: null,
      },
      expect.objectContaining({ ...nothing, position: 1, state: 'REFUSED', failReason: 'ARCHIVE_ENCRYPTED' }),
      expect.objectContaining({ ...nothing, position: 2, state: 'IGNORED', failReason: null }),
      // Its video was deleted.
      expect.objectContaining({ ...nothing, position: 3, state: 'ACCEPTED', videoId: expect.any(String) }),
      expect.objectContaining({ ...nothing, position: 4, state: 'PENDING', videoId: null }),
    ],
    nextCursor: null,
  });
});

test('ten thousand entries come by the page, none twice and none left out', async () => {
  const id = await playlist();
  await entries(id, 10_000);
  const first = await read(`/api/playlists/${id}`);
  expect(first.videos).toHaveLength(100);
  expect(first.counts.total).toBe(10_000);
  const seen: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Body = await read(`/api/playlists/${id}?limit=1000${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.videos.map(({ position }) => position));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
});

test('entries of one state can be asked for', async () => {
  const id = await playlist();
  await entries(id, 2);
  await entries(id, 3, { state: 'REFUSED', fail_reason: 'ARCHIVE_NESTED' });
  const page = await read(`/api/playlists/${id}?state=REFUSED&limit=2`);
  expect(page.videos.map(({ position }) => position)).toEqual([2, 3]);
  const rest = await read(`/api/playlists/${id}?state=REFUSED&limit=2&cursor=${page.nextCursor}`);
  expect(rest.videos.map(({ position }) => position)).toEqual([4]);
  expect(rest.nextCursor).toBeNull();
});

test('a FAILED playlist says why', async () => {
  const id = await playlist();
  await sql(
    "update playlists set state = 'FAILED', fail_reason = 'ARCHIVE_BOMB', fail_detail = 'It swells' where id = ?",
    [id],
  );
  expect(await read(`/api/playlists/${id}`)).toMatchObject({
    state: 'FAILED',
    failReason: 'ARCHIVE_BOMB',
    failDetail: 'It swells',
    videos: [],
  });
});

test("another owner's playlist, and an id that is none, look like no playlist", async () => {
  const id = await playlist(randomUUID());
  for (const unknown of [id, randomUUID(), 'none'])
    expect(await problemOf(await api.call('GET', `/api/playlists/${unknown}`))).toMatchObject({
      status: 404,
      code: 'playlist_not_found',
    });
});

test('the list shows the newest first, by the page, one owner only', async () => {
  const owner = { as: randomUUID() };
  const ids = [await playlist(owner.as), await playlist(owner.as), await playlist(owner.as)].sort().reverse();
  const list = async (query: string) =>
    (await (await api.call('GET', `/api/playlists${query}`, owner)).json()) as Body;
  const first = await list('?limit=2');
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const second = await list(`?limit=2&cursor=${first.nextCursor}`);
  expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(second.nextCursor).toBeNull();
  expect((await list('?state=UNPACKED')).items).toEqual([]);
  expect((await list('?state=UPLOADING')).items).toHaveLength(3);
});

test.each([
  ['?limit=0', 'invalid_request'],
  ['?limit=1001', 'invalid_request'],
  ['?state=READY', 'invalid_request'],
  ['?cursor=nonsense', 'invalid_cursor'],
  ['?page=2', 'invalid_request'],
])('a reading with %s is refused', async (query, code) => {
  const id = await playlist();
  expect(await problemOf(await api.call('GET', `/api/playlists/${id}${query}`))).toMatchObject({
    status: 422,
    code,
  });
});

test.each(['?limit=101', '?cursor=nonsense', '?state=ACCEPTED'])(
  'a list with %s is refused',
  async (query) => {
    expect((await problemOf(await api.call('GET', `/api/playlists${query}`))).code).toBe('invalid_request');
  },
);

test('nobody reads a playlist without a token, and an id that is none is refused', async () => {
  const anonymous = await api.call('GET', `/api/playlists/${await playlist()}`, { as: null });
  expect((await problemOf(anonymous)).code).toBe('unauthenticated');
  expect((await problemOf(await api.call('GET', '/api/playlists', { as: null }))).code).toBe(
    'unauthenticated',
  );
  expect((await problemOf(await api.call('GET', '/api/playlists/nothing'))).status).toBe(404);
});
