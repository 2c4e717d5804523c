import { describe, expect, test } from 'vitest';
import { refusalOf, useDatabase } from './connections.ts';
import {
  insertAsset,
  insertJob,
  insertSession,
  insertVideo,
  readyVideo,
  transcodingVideo,
  update,
} from './rows.ts';

const { connection } = useDatabase();
const CHECK = '23514';
const FOREIGN_KEY = /23503|23001/;
const UNIQUE = '23505';

const setVideo = (id: string, values: Record<string, unknown>) =>
  refusalOf(update(connection(), 'videos', id, values));
const run = (statement: string, ...values: unknown[]) => refusalOf(connection().query(statement, values));

describe('READY means that a master of the current version stands', () => {
  test('without a master asset it is refused', async () => {
    const id = await transcodingVideo(connection());
    expect(await setVideo(id, { status: 'READY' })).toMatchObject({
      code: CHECK,
      message: expect.stringContaining('videos_ready_has_master'),
    });
  });

  test('a version alone is no master, and a master alone no version', async () => {
    const id = await transcodingVideo(connection());
    const masterId = await insertAsset(connection(), id);
    expect(await setVideo(id, { status: 'READY', current_version: 'v1' })).toMatchObject({ code: CHECK });
    expect(await setVideo(id, { status: 'READY', master_asset_id: masterId })).toMatchObject({ code: CHECK });
  });

  test.each([
    ['a playlist of one rendition', { type: 'HLS_RENDITION', quality_label: '720p' }],
    ['a picture', { type: 'THUMBNAIL', container: 'jpg' }],
    ['the master of another version', { version: 'v0' }],
  ])('%s is not the master', async (_, asset) => {
    const id = await transcodingVideo(connection());
    const assetId = await insertAsset(connection(), id, asset);
    expect(
      await setVideo(id, { status: 'READY', master_asset_id: assetId, current_version: 'v1' }),
    ).toMatchObject({ code: CHECK, message: expect.stringContaining('HLS_MASTER of current_version') });
  });

  test('the master of another video is not the master', async () => {
    const id = await transcodingVideo(connection());
    const { masterId } = await readyVideo(connection());
    expect(
      await setVideo(id, { status: 'READY', master_asset_id: masterId, current_version: 'v1' }),
    ).toMatchObject({ code: CHECK });
  });

  test('the foreign key alone refuses a master of another video, should the trigger be gone', async () => {
    const id = await transcodingVideo(connection());
    const { masterId } = await readyVideo(connection());
    await connection().query('begin; alter table videos disable trigger videos_guard');
    const refusal = await setVideo(id, {
      status: 'READY',
      master_asset_id: masterId,
      current_version: 'v1',
    });
    await connection().query('rollback');
    expect(refusal?.code).toMatch(FOREIGN_KEY);
  });

  test('neither the master nor its version can be taken from a READY video', async () => {
    const { videoId, masterId } = await readyVideo(connection());
    expect(await setVideo(videoId, { master_asset_id: null })).toMatchObject({ code: CHECK });
    expect(await setVideo(videoId, { current_version: 'v2' })).toMatchObject({ code: CHECK });
    const refusal = await run('delete from video_assets where id = $1', masterId);
    expect(refusal?.code).toMatch(FOREIGN_KEY);
  });

  test('a published asset is not turned into another one', async () => {
    const { masterId } = await readyVideo(connection());
    const other = await insertVideo(connection());
    for (const change of ["version = 'v2'", "type = 'HLS_RENDITION'", `video_id = '${other}'`])
      expect(await run(`update video_assets set ${change} where id = $1`, masterId)).not.toBeNull();
  });

  test('a READY video moves to the master of its next version', async () => {
    const { videoId } = await readyVideo(connection());
    const next = await insertAsset(connection(), videoId, { version: 'v2' });
    expect(await setVideo(videoId, { master_asset_id: next, current_version: 'v2' })).toBeNull();
  });
});

describe('a source is whole or not there', () => {
  const whole = { source_file_key: 'k', source_etag: 'e', source_size_bytes: 1 };
  test.each([
    ['no key', { source_file_key: null }],
    ['no ETag', { source_etag: null }],
    ['no size', { source_size_bytes: null }],
    ['no bytes', { source_size_bytes: 0 }],
    ['a negative size', { source_size_bytes: -1 }],
  ])('UPLOADED with %s is refused, and so are TRANSCODING and READY', async (_, lack) => {
    const id = await insertVideo(connection());
    await update(connection(), 'videos', id, { status: 'UPLOADING' });
    const lacking = { ...whole, ...lack };
    expect(await setVideo(id, { status: 'UPLOADED', ...lacking })).toMatchObject({
      code: CHECK,
      message: expect.stringContaining('videos_has_source'),
    });
    const transcoding = await transcodingVideo(connection());
    expect(await setVideo(transcoding, lacking)).toMatchObject({ code: CHECK });
    const { videoId } = await readyVideo(connection());
    expect(await setVideo(videoId, lacking)).toMatchObject({ code: CHECK });
  });

  test('a FAILED video without a source cannot be transcoded', async () => {
    const id = await insertVideo(connection());
    await update(connection(), 'videos', id, { status: 'UPLOADING' });
    await update(connection(), 'videos', id, { status: 'FAILED', fail_reason: 'UPLOAD_CANCELED' });
    expect(await setVideo(id, { status: 'TRANSCODING', fail_reason: null })).toMatchObject({ code: CHECK });
  });
});

describe('FAILED and its reason come and go together', () => {
  test('FAILED without a reason is refused', async () => {
    const id = await transcodingVideo(connection());
    expect(await setVideo(id, { status: 'FAILED' })).toMatchObject({
      code: CHECK,
      message: expect.stringContaining('videos_failed_has_reason'),
    });
  });

  test.each(['DRAFT', 'UPLOADING', 'UPLOADED', 'TRANSCODING', 'READY'])(
    '%s with a reason is refused',
    async (status) => {
      const id =
        status === 'READY' ? (await readyVideo(connection())).videoId : await insertVideo(connection());
      for (const step of ['UPLOADING', 'UPLOADED', 'TRANSCODING']) {
        const { rows } = await connection().query('select status from videos where id = $1', [id]);
        if (rows[0].status === status) break;
        await update(connection(), 'videos', id, {
          status: step,
          source_file_key: 'k',
          source_etag: 'e',
          source_size_bytes: 1,
        });
      }
      expect(await setVideo(id, { fail_reason: 'ROLLBACK' })).toMatchObject({ code: CHECK });
    },
  );

  test('leaving FAILED drops the reason or is refused', async () => {
    const id = await transcodingVideo(connection());
    await update(connection(), 'videos', id, { status: 'FAILED', fail_reason: 'TRANSCODE_ERROR' });
    expect(await setVideo(id, { status: 'TRANSCODING' })).toMatchObject({ code: CHECK });
    expect(await setVideo(id, { status: 'TRANSCODING', fail_reason: null })).toBeNull();
  });

  test('an attempt that FAILED says why, and only an ended one has an end', async () => {
    const id = await insertJob(connection(), await insertVideo(connection()));
    const set = (values: Record<string, unknown>) =>
      refusalOf(update(connection(), 'transcode_jobs', id, values));
    expect(await set({ state: 'FAILED', finished_at: new Date() })).toMatchObject({ code: CHECK });
    expect(await set({ state: 'FAILED', fail_reason: 'TRANSCODE_ERROR' })).toMatchObject({ code: CHECK });
    expect(await set({ finished_at: new Date() })).toMatchObject({ code: CHECK });
    expect(await set({ progress: 100.5 })).toMatchObject({ code: CHECK });
    expect(await set({ progress: -1 })).toMatchObject({ code: CHECK });
  });
});

describe('a video leaves by its tombstone', () => {
  test('a live row is not deleted', async () => {
    const id = await insertVideo(connection());
    expect(await run('delete from videos where id = $1', id)).toMatchObject({
      code: CHECK,
      message: expect.stringContaining('deleted_at'),
    });
    const { videoId } = await readyVideo(connection());
    expect(await run('delete from videos where id = $1', videoId)).toMatchObject({ code: CHECK });
  });

  test('a tombstoned READY video goes, and takes its rows along', async () => {
    const { videoId } = await readyVideo(connection());
    await insertAsset(connection(), videoId, { type: 'HLS_RENDITION', quality_label: '360p' });
    await insertSession(connection(), videoId);
    await insertJob(connection(), videoId);
    await update(connection(), 'videos', videoId, { deleted_at: new Date() });
    expect(await run('delete from videos where id = $1', videoId)).toBeNull();
    for (const table of ['video_assets', 'upload_sessions', 'transcode_jobs']) {
      const { rows } = await connection().query(`select from ${table} where video_id = $1`, [videoId]);
      expect(rows, table).toHaveLength(0);
    }
  });
});

describe('one of a kind', () => {
  test.each(['INITIATED', 'IN_PROGRESS', 'PAUSED'])(
    'beside a session that is %s there is no second live one',
    async (status) => {
      const videoId = await insertVideo(connection());
      const id = await insertSession(connection(), videoId);
      const way = { INITIATED: [], IN_PROGRESS: ['IN_PROGRESS'], PAUSED: ['IN_PROGRESS', 'PAUSED'] }[status];
      for (const step of way ?? []) await update(connection(), 'upload_sessions', id, { status: step });
      expect(await refusalOf(insertSession(connection(), videoId))).toMatchObject({
        code: UNIQUE,
        message: expect.stringContaining('upload_sessions_one_live'),
      });
      await update(connection(), 'upload_sessions', id, { status: 'CANCELED' });
      expect(await refusalOf(insertSession(connection(), videoId))).toBeNull();
    },
  );

  test('a video has one open attempt', async () => {
    const videoId = await insertVideo(connection());
    const id = await insertJob(connection(), videoId);
    const second = () => refusalOf(insertJob(connection(), videoId));
    expect(await second()).toMatchObject({ code: UNIQUE });
    await update(connection(), 'transcode_jobs', id, { state: 'RUNNING' });
    expect(await second()).toMatchObject({ code: UNIQUE });
    await update(connection(), 'transcode_jobs', id, { state: 'LOST', finished_at: new Date() });
    expect(await second()).toBeNull();
  });

  test('no version is used twice', async () => {
    const [one, two] = [await insertVideo(connection()), await insertVideo(connection())];
    await insertJob(connection(), one, { version: 'same' });
    expect(await refusalOf(insertJob(connection(), two, { version: 'same' }))).toMatchObject({
      code: UNIQUE,
    });
  });

  test('an asset is there once, also where it has no label', async () => {
    const videoId = await insertVideo(connection());
    await insertAsset(connection(), videoId);
    expect(await refusalOf(insertAsset(connection(), videoId))).toMatchObject({ code: UNIQUE });
    const rendition = { type: 'HLS_RENDITION', quality_label: '720p' };
    await insertAsset(connection(), videoId, rendition);
    expect(await refusalOf(insertAsset(connection(), videoId, rendition))).toMatchObject({ code: UNIQUE });
    expect(await refusalOf(insertAsset(connection(), videoId, { version: 'v2' }))).toBeNull();
  });

  test('an event of a provider is there once', async () => {
    const insert = () =>
      run(
        `insert into provider_events (id, provider, dedupe_key, body, received_at)
         values (gen_random_uuid(), 'coconut', 'event-1', '{}', now())`,
      );
    expect(await insert()).toBeNull();
    expect(await insert()).toMatchObject({ code: UNIQUE });
  });
});

test('rows of a video that is not there are refused', async () => {
  const nobody = '00000000-0000-7000-8000-000000000000';
  for (const insert of [insertAsset, insertSession, insertJob])
    expect((await refusalOf(insert(connection(), nobody)))?.code).toMatch(FOREIGN_KEY);
});

test.each(['', 'x'.repeat(201)])('a title has 1 to 200 characters', async (title) => {
  expect(await refusalOf(insertVideo(connection(), { title }))).toMatchObject({ code: CHECK });
  expect(await refusalOf(insertVideo(connection(), { title: '🎬'.repeat(200) }))).toBeNull();
});

test.each([{ part_size_bytes: 0 }, { bytes_uploaded: -1 }, { size_bytes: 0 }])(
  'a session of impossible sizes is refused: %o',
  async (values) => {
    const videoId = await insertVideo(connection());
    expect(await refusalOf(insertSession(connection(), videoId, values))).toMatchObject({ code: CHECK });
  },
);

test('every change of a video counts its row version up, whatever the writer says', async () => {
  const id = await insertVideo(connection());
  await update(connection(), 'videos', id, { title: 'Another' });
  await update(connection(), 'videos', id, { row_version: 99 });
  const { rows } = await connection().query('select row_version from videos where id = $1', [id]);
  expect(rows[0].row_version).toBe(3);
});
