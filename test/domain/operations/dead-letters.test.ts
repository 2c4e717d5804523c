import { afterEach, expect, test } from 'vitest';
import { listDeadLetters } from '#domain/operations/list-dead-letters.ts';
import { recordDeadLetter } from '#domain/operations/record-dead-letter.ts';
import { retryDeadLetter } from '#domain/operations/retry-dead-letter.ts';
import { transaction } from '#domain/transaction.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { userActor } from '#test/support/platform.ts';
import { runTask, useStage } from '../stage.ts';

const stage = useStage({ transcodeAttempts: 1 });
afterEach(() => stage.reset());

const admin = () => stage.platform.context(userActor(undefined, ['admin']));
const letter = (sessionId: string) =>
  transaction(stage.system().em, (tx) =>
    recordDeadLetter(stage.system(), tx, {
      task: 'clean-session',
      payload: { sessionId },
      videoId: null,
      reason: 'unavailable',
      detail: 'storage was away',
    }),
  );

test('they are for operators', async () => {
  const owner = stage.platform.context(userActor());
  await expect(listDeadLetters(owner, { limit: 10 })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(retryDeadLetter(owner, { id: '01937000-0000-7000-8000-000000000000' })).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('they are listed newest first, page by page, until they are retried', async () => {
  const sessions = Array.from({ length: 5 }, (_, i) => `01937000-0000-7000-8000-00000000000${i}`);
  for (const sessionId of sessions) await letter(sessionId);
  const read = async () => {
    const found: string[] = [];
    let before: string | null = null;
    do {
      const page = await listDeadLetters(admin(), { limit: 2, ...(before && { before }) });
      found.push(...page.items.map(({ payload }) => String(payload.sessionId)));
      before = page.nextBefore;
    } while (before);
    return found;
  };
  expect(await read()).toEqual(sessions.toReversed());
  const { items } = await listDeadLetters(admin(), { limit: 1 });
  const id = items[0]?.id ?? '';
  await retryDeadLetter(admin(), { id });
  await Promise.all([retryDeadLetter(admin(), { id }), retryDeadLetter(admin(), { id })]);
  expect(await stage.queue('clean-session', { sessionId: sessions[4] })).toHaveLength(1);
  expect(await read()).toEqual(sessions.toReversed().slice(1));
});

test('a video that failed is transcoded again by one call, at many at once too', async () => {
  const { videoId } = await stage.probed();
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
  expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  const [row] = await stage.sql<{ id: string }>('select id from dead_letters where video_id = ?', [videoId]);
  await Promise.allSettled([
    retryDeadLetter(admin(), { id: row?.id ?? '' }),
    retryDeadLetter(admin(), { id: row?.id ?? '' }),
  ]);
  expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  expect(await stage.queue('probe-source', { videoId })).toHaveLength(1);
  expect(
    (await stage.row<{ retried_at: string | null }>('dead_letters', row?.id ?? '')).retried_at,
  ).not.toBeNull();
  await stage.runJobs('probe-source');
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

test('there is no letter that nobody wrote', async () => {
  const missing = retryDeadLetter(admin(), { id: '01937000-0000-7000-8000-0000000000ff' });
  await expect(missing).rejects.toMatchObject({ code: 'not_found' });
});

test('a video that its owner retries or deletes leaves none behind', async () => {
  for (const end of ['retry', 'delete'] as const) {
    const { videoId } = await stage.probed();
    stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
    await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
    const open = async () =>
      (await listDeadLetters(admin(), { limit: 100 })).items.filter((l) => l.videoId === videoId);
    expect(await open()).toHaveLength(1);
    await (end === 'retry'
      ? retryVideo(stage.system(), { videoId })
      : deleteVideo(stage.system(), { videoId }));
    expect(await open()).toEqual([]);
  }
});
