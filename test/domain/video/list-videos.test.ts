import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { listVideos } from '#domain/video/list-videos.ts';
import type { VideoStatus } from '#domain/video/video-states.ts';
import { createTestPlatform, userActor } from '#test/support/platform.ts';
import { useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** Many rows, made in one statement: `moment` is SQL over the row's number n. */
async function insertVideos(count: number, moment: string): Promise<string> {
  const ownerId = randomUUID();
  await stage.sql(
    `insert into videos (id, owner_id, title, created_at, updated_at)
     select gen_random_uuid(), ?::uuid, 'Video ' || n, ${moment}, now() from generate_series(1, ${count}) n`,
    [ownerId],
  );
  return ownerId;
}

async function readAll(ownerId: string, limit: number, status?: VideoStatus): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await listVideos(stage.as(ownerId), {
      limit,
      ...(cursor && { cursor }),
      ...(status && { status }),
    });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor);
  return ids;
}

const inOrder = async (ownerId: string) =>
  (
    await stage.sql<{ id: string }>(
      'select id from videos where owner_id = ? order by created_at desc, id desc',
      [ownerId],
    )
  ).map(({ id }) => id);

describe('pages neither skip nor repeat', () => {
  test.each([
    ['in the same microsecond', `'2026-05-04T03:02:01.123456Z'::timestamptz`],
    ['in the same millisecond', `'2026-05-04T03:02:01.123Z'::timestamptz + n * interval '1 microsecond'`],
    ['each second, some on the full one', `'2026-05-04T03:02:01Z'::timestamptz + n * interval '0.5 second'`],
    ['before 1970', `'1969-12-31T23:59:59.999Z'::timestamptz + n * interval '13 microseconds'`],
  ])('where 200 were created %s', async (_, moment) => {
    const ownerId = await insertVideos(200, moment);
    const expected = await inOrder(ownerId);
    for (const limit of [7, 100]) expect(await readAll(ownerId, limit)).toEqual(expected);
  });

  test('where one is made and one deleted between two pages', async () => {
    const ownerId = await insertVideos(20, `now() - n * interval '1 minute'`);
    const expected = await inOrder(ownerId);
    const first = await listVideos(stage.as(ownerId), { limit: 10 });
    await stage.sql('update videos set deleted_at = now() where id = ?', [first.items.at(-1)?.id]);
    await stage.sql(
      `insert into videos (id, owner_id, title, created_at, updated_at) values (gen_random_uuid(), ?::uuid, 'New', now(), now())`,
      [ownerId],
    );
    const second = await listVideos(stage.as(ownerId), { limit: 10, cursor: first.nextCursor ?? '' });
    expect(second.items.map(({ id }) => id)).toEqual(expected.slice(10));
    expect(second.nextCursor).toBeNull();
  });

  test('for a session of Postgres in whatever time zone', async () => {
    const ownerId = await insertVideos(30, `'2026-10-25T00:30:00Z'::timestamptz + n * interval '5 minutes'`);
    const expected = await inOrder(ownerId);
    const [row] = await stage.sql<{ name: string }>('select current_database() as name');
    await stage.sql(`alter database ${row?.name} set timezone to 'Europe/Berlin'`);
    const elsewhere = await createTestPlatform({ sharing: stage.platform });
    try {
      const context = () => elsewhere.context(userActor(ownerId));
      const first = await listVideos(context(), { limit: 7 });
      const rest = await listVideos(context(), { limit: 100, cursor: first.nextCursor ?? '' });
      expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(expected);
      const across = await listVideos(stage.as(ownerId), { limit: 100, cursor: first.nextCursor ?? '' });
      expect(across).toEqual(rest);
    } finally {
      await elsewhere.close();
    }
  });
});

test('the last page has no cursor, even where it is full', async () => {
  const ownerId = await insertVideos(20, 'now()');
  const first = await listVideos(stage.as(ownerId), { limit: 10 });
  expect(first.nextCursor).not.toBeNull();
  const second = await listVideos(stage.as(ownerId), { limit: 10, cursor: first.nextCursor ?? '' });
  expect([second.items.length, second.nextCursor]).toEqual([10, null]);
});

test('a list holds the videos of its owner, in the wanted state, not the deleted ones', async () => {
  const ownerId = await insertVideos(5, 'now()');
  await insertVideos(5, 'now()');
  const [one, two, gone] = await inOrder(ownerId);
  await stage.sql("update videos set status = 'UPLOADING' where id in (?, ?)", [one, two]);
  await stage.sql('update videos set deleted_at = now() where id = ?', [gone]);
  expect(await readAll(ownerId, 100)).toHaveLength(4);
  expect((await readAll(ownerId, 1, 'UPLOADING')).sort()).toEqual([one, two].sort());
  expect(await readAll(ownerId, 100, 'READY')).toEqual([]);
  await expect(listVideos(stage.system(), { limit: 10 })).rejects.toMatchObject({ code: 'forbidden' });
});

const ID = '01937000-0000-7000-8000-000000000000';
test.each([
  '',
  'x',
  '!!!',
  'null',
  `2026-05-04 03:02:01+00`,
  `|${ID}`,
  `2026-05-04 03:02:01+00|`,
  `2026-05-04 03:02:01+02|${ID}`,
  `2026-05-04T03:02:01+00|${ID}`,
  `2026-02-30 03:02:01+00|${ID}`,
  `2026-13-01 03:02:01+00|${ID}`,
  `2026-05-04 24:00:00+00|${ID}`,
  `2026-05-04 03:60:01+00|${ID}`,
  `2026-05-04 03:02:60+00|${ID}`,
  `0000-01-01 00:00:00+00|${ID}`,
  `2026-05-04 03:02:01.1234567+00|${ID}`,
  `infinity|${ID}`,
  `now|${ID}`,
  `2026-05-04 03:02:01+00|${ID.slice(1)}`,
  `2026-05-04 03:02:01+00|${ID}; drop table videos`,
  `2026-05-04 03:02:01+00|${ID}\n`,
])('a cursor that says %j is refused', async (text) => {
  const list = (cursor: string) => listVideos(stage.as(randomUUID()), { limit: 10, cursor });
  const encoded = Buffer.from(text).toString('base64url');
  await expect(list(encoded)).rejects.toMatchObject({ code: 'invalid_cursor' });
  await expect(list(text)).rejects.toMatchObject({ code: 'invalid_cursor' });
});

test('a cursor is opaque to the owner it was not made for: it shows nothing of others', async () => {
  const [mine, theirs] = [await insertVideos(10, 'now()'), await insertVideos(10, 'now()')];
  const { nextCursor } = await listVideos(stage.as(theirs), { limit: 5 });
  const page = await listVideos(stage.as(mine), { limit: 100, cursor: nextCursor ?? '' });
  expect(page.items.every(({ ownerId }) => ownerId === mine)).toBe(true);
});
