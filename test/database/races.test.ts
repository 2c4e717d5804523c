import { expect, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';
import { refusalOf, useDatabase } from './connections.ts';
import { insertJob, insertSession, insertVideo, readyVideo, transcodingVideo, update } from './rows.ts';

const { connection } = useDatabase(3);
const [one, two, observer] = [() => connection(0), () => connection(1), () => connection(2)];

/** Runs both in transactions of their own; the second starts before the first commits and has to wait for it. */
async function race(first: () => Promise<unknown>, second: () => Promise<unknown>) {
  await one().query('begin');
  await two().query('begin');
  await first();
  const waiting = refusalOf(second());
  await waitFor('the second transaction to wait for the first', async () => {
    const { rows } = await observer().query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  await one().query('commit');
  const refusal = await waiting;
  await two().query(refusal ? 'rollback' : 'commit');
  return refusal;
}

test('of two transactions that both open a session one wins', async () => {
  const videoId = await insertVideo(observer());
  const refusal = await race(
    () => insertSession(one(), videoId),
    () => insertSession(two(), videoId),
  );
  expect(refusal?.code).toBe('23505');
});

test('of two transactions that both start an attempt one wins', async () => {
  const videoId = await transcodingVideo(observer());
  const refusal = await race(
    () => insertJob(one(), videoId),
    () => insertJob(two(), videoId),
  );
  expect(refusal?.code).toBe('23505');
});

test('of two transactions that move a status different ways the later one is judged by what the first left', async () => {
  const videoId = await transcodingVideo(observer());
  const refusal = await race(
    () => update(one(), 'videos', videoId, { status: 'FAILED', fail_reason: 'TRANSCODE_ERROR' }),
    () => update(two(), 'videos', videoId, { status: 'UPLOADED' }),
  );
  expect(refusal).toMatchObject({
    code: '23514',
    message: expect.stringContaining('FAILED cannot become UPLOADED'),
  });
  const { rows } = await observer().query('select status from videos where id = $1', [videoId]);
  expect(rows[0].status).toBe('FAILED');
});

test('a session that was completed meanwhile is not canceled', async () => {
  const id = await insertSession(observer(), await insertVideo(observer()));
  await update(observer(), 'upload_sessions', id, { status: 'IN_PROGRESS' });
  const refusal = await race(
    () => update(one(), 'upload_sessions', id, { status: 'COMPLETED' }),
    () => update(two(), 'upload_sessions', id, { status: 'CANCELED' }),
  );
  expect(refusal?.code).toBe('23514');
});

test('a master that goes while its video becomes READY leaves neither', async () => {
  const { videoId } = await readyVideo(observer());
  const { rows } = await observer().query(
    `insert into video_assets (id, video_id, version, type, container, file_key, created_at)
     values (gen_random_uuid(), $1, 'v2', 'HLS_MASTER', 'm3u8', 'k', now()) returning id`,
    [videoId],
  );
  const next = rows[0].id;
  const refusal = await race(
    () => one().query('delete from video_assets where id = $1', [next]),
    () => update(two(), 'videos', videoId, { master_asset_id: next, current_version: 'v2' }),
  );
  expect(refusal?.code).toMatch(/23503|23514/);
});
