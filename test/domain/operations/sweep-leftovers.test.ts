import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Log } from '#domain/context.ts';
import { newId } from '#domain/identifiers.ts';
import { slicesOfHour } from '#domain/operations/key-slices.ts';
import { sweepLeftovers } from '#domain/operations/sweep-leftovers.ts';
import { archiveKey, sourceKey, stagingKey } from '#domain/storage-keys.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { FILE_SIZE_BYTES, useStage } from '../stage.ts';

const stage = useStage();
const sources = () => stage.system().storage.sources;
let warnings: object[] = [];
const log: Log = { debug() {}, info() {}, error() {}, warn: (fields) => void warnings.push(fields) };

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

beforeEach(() => {
  warnings = [];
});
afterEach(async () => {
  stage.reset();
  for (const prefix of ['uploads/', 'staging/', 'archives/', 'other/'])
    await sources().deleteMany(await stage.keys('sources', prefix));
});

/** The first round after `seconds` that looks at what was made today. */
async function sweepAfter(seconds: number): Promise<void> {
  const today = newId().slice(0, 5);
  stage.passSeconds(seconds);
  while (!slicesOfHour(stage.now()).includes(today)) stage.passSeconds(HOUR_SECONDS);
  await sweepLeftovers({ ...stage.system(), log });
}
const put = async (key: string) => {
  await sources().put(key, 'bytes', { contentType: 'video/mp4' });
  return key;
};
const stands = (key: string) =>
  sources()
    .head(key)
    .then(
      () => true,
      () => false,
    );
const openMultiparts = async (key: string) => (await Array.fromAsync(sources().listMultiparts(key))).length;

describe('of multipart uploads', () => {
  test('one that no row names goes, and only once it is old', async () => {
    const key = sourceKey(newId(), newId(), 'mp4');
    const uploadId = await sources().createMultipart(key, { contentType: 'video/mp4' });
    await sources().putPart(key, uploadId, 1, new Uint8Array(10));
    await sweepAfter(DAY_SECONDS - HOUR_SECONDS);
    expect(await openMultiparts(key)).toBe(1);
    await sweepAfter(2 * DAY_SECONDS);
    expect(await openMultiparts(key)).toBe(0);
  });

  test('one of a canceled upload goes, where its own cleaning never ran', async () => {
    const upload = await stage.opened();
    await stage.sendParts(upload, [1]);
    await cancelUpload(stage.as(upload.ownerId), upload);
    await sweepAfter(2 * DAY_SECONDS);
    expect(await openMultiparts(upload.key)).toBe(0);
  });

  test('one that is still sent to stays, and is completed after', async () => {
    const upload = await stage.opened();
    await stage.sendParts(upload, [1]);
    await sweepAfter(3 * DAY_SECONDS);
    await stage.sendParts(upload, [2]);
    const completed = await completeUpload(stage.as(upload.ownerId), upload);
    expect(completed.upload.bytesUploaded).toBe(FILE_SIZE_BYTES);
  });

  test('one beside the finished source of an upload goes, and the source stays', async () => {
    const upload = await stage.uploaded();
    const uploadId = await sources().createMultipart(upload.key, { contentType: 'video/mp4' });
    await sources().putPart(upload.key, uploadId, 1, new Uint8Array(10));
    await sweepAfter(2 * DAY_SECONDS);
    expect([await openMultiparts(upload.key), await stands(upload.key)]).toEqual([0, true]);
  });

  test('one under a key that is none of ours stays', async () => {
    const key = `uploads/${newId()}/by-hand.mp4`;
    await sources().createMultipart(key, { contentType: 'video/mp4' });
    await sweepAfter(5 * DAY_SECONDS);
    expect(await openMultiparts(key)).toBe(1);
  });
});

describe('of objects', () => {
  test('what belongs to no row goes, and only once it is old', async () => {
    const keys = [
      await put(sourceKey(newId(), newId(), 'mp4')),
      await put(stagingKey(newId(), newId(), 'mp4')),
      await put(archiveKey(newId())),
    ];
    await sweepAfter(DAY_SECONDS - HOUR_SECONDS);
    expect(await Promise.all(keys.map(stands))).toEqual([true, true, true]);
    await sweepAfter(2 * DAY_SECONDS);
    expect(await Promise.all(keys.map(stands))).toEqual([false, false, false]);
  });

  test('what a late URL left of an ended upload goes; another upload of that video keeps its own', async () => {
    const ended = await stage.opened();
    await cancelUpload(stage.as(ended.ownerId), ended);
    const live = await stage.opened(ended);
    const left = await put(ended.key);
    const staged = await put(stagingKey(ended.videoId, ended.sessionId, 'mp4'));
    const sent = await put(stagingKey(live.videoId, live.sessionId, 'mp4'));
    await sweepAfter(3 * DAY_SECONDS);
    expect([await stands(left), await stands(staged), await stands(sent)]).toEqual([false, false, true]);
  });

  test.each(['uploaded', 'probed', 'ready'] as const)(
    'the source of a video that is %s stays',
    async (how) => {
      const { key, videoId, sessionId } = await stage[how]();
      const staged = await put(stagingKey(videoId, sessionId, 'mp4'));
      await sweepAfter(100 * DAY_SECONDS);
      expect([await stands(key), await stands(staged)]).toEqual([true, false]);
    },
  );

  test('the source that plays stays while, and after, its replacement is on its way', async () => {
    const first = await stage.ready();
    const second = await stage.uploaded(first);
    await sweepAfter(3 * DAY_SECONDS);
    expect([await stands(first.key), await stands(second.key)]).toEqual([true, true]);
  });

  test('a deleted video is left to its own purge', async () => {
    const upload = await stage.uploaded();
    await deleteVideo(stage.as(upload.ownerId), upload);
    await sweepAfter(3 * DAY_SECONDS);
    expect(await stands(upload.key)).toBe(true);
  });

  test('keys that are none of ours stay', async () => {
    const keys = [
      await put('uploads/readme.txt'),
      await put(`uploads/${newId()}/notes.txt`),
      await put(`other/${newId()}/${newId()}/source.mp4`),
    ];
    await sweepAfter(5 * DAY_SECONDS);
    expect(await Promise.all(keys.map(stands))).toEqual([true, true, true]);
  });

  test('an archive stays while its playlist is at work, and goes when that has ended', async () => {
    const { ownerId } = await stage.draft();
    const playlist = async (state: string) => {
      const id = newId();
      await stage.sql(
        `insert into playlists (id, owner_id, title, state, policy, file_name, archive_key, expires_at, created_at, updated_at)
         values (?, ?, 'All', 'UPLOADING', 'admin', 'all.zip', ?, now(), now(), now())`,
        [id, ownerId, archiveKey(id)],
      );
      if (state === 'FAILED')
        await stage.sql(
          "update playlists set state = 'FAILED', fail_reason = 'UPLOAD_EXPIRED' where id = ?",
          [id],
        );
      return put(archiveKey(id));
    };
    const atWork = await playlist('UPLOADING');
    const ended = await playlist('FAILED');
    await sweepAfter(3 * DAY_SECONDS);
    expect([await stands(atWork), await stands(ended)]).toEqual([true, false]);
  });

  test("a bucket full of another deployment's videos is left alone, and the log says so", async () => {
    const mine = await stage.opened();
    await cancelUpload(stage.as(mine.ownerId), mine);
    await put(mine.key);
    const theirs: string[] = [];
    for (let n = 0; n < 25; n += 1) theirs.push(await put(sourceKey(newId(), newId(), 'mp4')));
    await sweepAfter(3 * DAY_SECONDS);
    expect(await Promise.all(theirs.map(stands))).toEqual(theirs.map(() => true));
    expect(await stands(mine.key)).toBe(false);
    expect(warnings).toEqual([{ unknown: 25, looked: 26 }]);
  });

  test('several rounds at once do no harm', async () => {
    const left = await put(sourceKey(newId(), newId(), 'mp4'));
    const { key } = await stage.uploaded();
    stage.passSeconds(3 * DAY_SECONDS);
    await Promise.all([sweepAfter(0), sweepAfter(0)]);
    expect([await stands(left), await stands(key)]).toEqual([false, true]);
  });
});

describe('of rows', () => {
  const count = async (table: string, where: string, values: unknown[]) =>
    (await stage.sql(`select 1 from ${table} where ${where}`, values)).length;

  test.each([
    [
      'idempotency_keys',
      `insert into idempotency_keys (id, owner_id, method, route, key, request_hash, created_at)
       values (?, ?, 'POST', '/', 'k', 'h', now())`,
      DAY_SECONDS,
    ],
    [
      'upload_starts',
      "insert into upload_starts (id, owner_id, policy, created_at) values (?, ?, 'direct', now())",
      2 * HOUR_SECONDS,
    ],
    [
      'upload_grants',
      `insert into upload_grants (id, owner_id, token_hash, policy, uploads_left, expires_at, created_at)
       values (?, ?, md5(random()::text), 'direct', 1, now() + interval '10 hours', now())`,
      10 * HOUR_SECONDS,
    ],
  ])('%s go when their time is over', async (table, insert, lifeSeconds) => {
    const id = randomUUID();
    await stage.sql(insert, [id, randomUUID()]);
    stage.passSeconds(lifeSeconds - 60);
    await sweepLeftovers({ ...stage.system(), log });
    expect(await count(table, 'id = ?', [id])).toBe(1);
    stage.passSeconds(120);
    await sweepLeftovers({ ...stage.system(), log });
    expect(await count(table, 'id = ?', [id])).toBe(0);
  });

  test('locks of uploads go when their holder is long gone', async () => {
    const [dead, held] = [randomUUID(), randomUUID()];
    for (const [name, seconds] of [
      [dead, -2 * HOUR_SECONDS],
      [held, 60],
    ])
      await stage.sql(
        'insert into upload_locks (name, token, locked_until) values (?, ?, now() + make_interval(secs => ?))',
        [name, randomUUID(), seconds],
      );
    await sweepLeftovers({ ...stage.system(), log });
    expect(await count('upload_locks', 'name in (?, ?)', [dead, held])).toBe(1);
  });

  test('events of providers go a month after they were dealt with', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    for (const [n, processed] of [
      "now() - interval '31 days'",
      "now() - interval '29 days'",
      'null',
    ].entries())
      await stage.sql(
        `insert into provider_events (id, provider, dedupe_key, body, received_at, processed_at)
         values (?, 'coconut', ?, '{}', now() - interval '40 days', ${processed})`,
        [ids[n], randomUUID()],
      );
    await sweepLeftovers({ ...stage.system(), log });
    expect(await stage.sql('select id from provider_events where id in (?) order by id', [ids])).toEqual(
      ids
        .slice(1)
        .sort()
        .map((id) => ({ id })),
    );
  });

  test('jobs that were given up go after a month, where a dead letter tells of them', async () => {
    const failed = async (sessionId: string, days: number, withLetter = true) => {
      await stage.sql(
        "select graphile_worker.add_job('clean-session', ?::json, max_attempts => 1::smallint, job_key => ?)",
        [JSON.stringify({ sessionId }), sessionId],
      );
      await stage.sql(
        `update graphile_worker._private_jobs set attempts = 1, updated_at = now() - make_interval(days => ?)
         where key = ?`,
        [days, sessionId],
      );
      if (!withLetter) return;
      await stage.sql(
        `insert into dead_letters (id, task, payload, reason, created_at)
         values (?, 'clean-session', ?::jsonb, 'internal', now())`,
        [newId(), JSON.stringify({ sessionId })],
      );
    };
    const [old, young, unsung] = [randomUUID(), randomUUID(), randomUUID()];
    await failed(old, 31);
    await failed(young, 29);
    await failed(unsung, 31, false);
    await sweepLeftovers({ ...stage.system(), log });
    const left = await stage.sql<{ key: string }>(
      'select key from graphile_worker._private_jobs where key in (?, ?, ?)',
      [old, young, unsung],
    );
    expect(left.map(({ key }) => key).sort()).toEqual([young, unsung].sort());
  });
});
