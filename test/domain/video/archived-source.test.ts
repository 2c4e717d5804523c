import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import { retryDeadLetter } from '#domain/operations/retry-dead-letter.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { purgeVideo } from '#domain/video/purge-video.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { ArchivedSources } from '../archived-sources.ts';
import { runTask, useStage } from '../stage.ts';

const stage = useStage({ transcodeAttempts: 1 });
let archives = new ArchivedSources();
beforeEach(() => {
  archives = new ArchivedSources();
});
afterEach(() => stage.reset());

const over = (context: Context): Context => ({
  ...context,
  storage: { ...context.storage, sources: archives.over(context.storage.sources) },
});
const system = () => over(stage.system());

/** A FAILED video whose source has gone to the archive since. */
async function failed() {
  const video = await stage.probed();
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(video.videoId)).id });
  archives.archive(video.key);
  return video;
}
const archived = (restore: string) => ({ code: 'source_archived', members: { restore } });

describe('an archived source is asked for, and the call says to come back', () => {
  test('of a retry, which works once it is restored', async () => {
    const { videoId, ownerId, key } = await failed();
    const retry = () => retryVideo(over(stage.as(ownerId)), { videoId });
    await expect(retry()).rejects.toMatchObject(archived('requested'));
    await expect(retry()).rejects.toMatchObject(archived('in_progress'));
    expect(archives.asked).toEqual([key]);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
    archives.finishRestores();
    expect(await retry()).toMatchObject({ status: 'TRANSCODING' });
  });

  test('of a READY video that is to be transcoded again', async () => {
    const { videoId, key } = await stage.ready();
    archives.archive(key);
    await expect(transcodeAgain(system(), { videoId })).rejects.toMatchObject(archived('requested'));
    expect(await stage.queue('probe-source', { videoId })).toEqual([]);
    archives.finishRestores();
    expect(await transcodeAgain(system(), { videoId })).toMatchObject({ status: 'READY' });
  });

  test('of a dead letter, which stays open until then', async () => {
    const { videoId } = await failed();
    const [letter] = await stage.sql<{ id: string }>('select id from dead_letters where video_id = ?', [
      videoId,
    ]);
    const id = letter?.id ?? '';
    const retriedAt = async () =>
      (await stage.row<{ retried_at: string | null }>('dead_letters', id)).retried_at;
    await expect(retryDeadLetter(system(), { id })).rejects.toMatchObject(archived('requested'));
    expect(await retriedAt()).toBeNull();
    archives.finishRestores();
    await retryDeadLetter(system(), { id });
    expect(await retriedAt()).not.toBeNull();
  });
});

test('a video that may not be retried has nothing restored for it', async () => {
  const { videoId, ownerId, key } = await stage.ready();
  archives.archive(key);
  await expect(retryVideo(over(stage.as(ownerId)), { videoId })).rejects.toMatchObject({
    code: 'illegal_transition',
  });
  expect(archives.asked).toEqual([]);
});

test.each(['restore_unsupported', 'access_refused'] as const)(
  'storage that takes no such request (%s) is named, so that people can restore it',
  async (code) => {
    const { videoId, ownerId } = await failed();
    archives.refusal = new StorageError(code, 'it may not call RestoreObject');
    const retrying = retryVideo(over(stage.as(ownerId)), { videoId });
    await expect(retrying).rejects.toMatchObject({
      ...archived('refused'),
      message: expect.stringContaining('it may not call RestoreObject'),
    });
  },
);

describe('a probe that was delayed until its source was archived', () => {
  const probe = async (videoId: string) => {
    for (const { id, payload } of await stage.queue('probe-source', { videoId })) {
      await stage.sql('delete from graphile_worker._private_jobs where id = ?', [id]);
      await runTask('probe-source', system(), payload);
    }
  };
  const tryOf = async (videoId: string) =>
    (await stage.queue('probe-source', { videoId })).map(({ payload }) => payload.tryNumber);

  test('has it restored and waits, which takes none of its tries', async () => {
    const { videoId, key } = await stage.uploaded();
    archives.archive(key);
    for (let look = 0; look < 4; look += 1) await probe(videoId);
    expect(archives.asked).toEqual([key]);
    expect(await tryOf(videoId)).toEqual([1]);
    const [waiting] = await stage.queue('probe-source', { videoId });
    const waitSeconds = (new Date(waiting?.runAt ?? 0).getTime() - stage.now().getTime()) / 1000;
    expect(waitSeconds).toBeGreaterThan(3000);
    expect(await stage.standing(videoId)).toEqual(['UPLOADED', null]);
    archives.finishRestores();
    await probe(videoId);
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });

  test('ends when storage does not take the request, and the letter says why', async () => {
    const { videoId, key } = await stage.uploaded();
    archives.archive(key);
    archives.refusal = new StorageError('access_refused', 'it may not call RestoreObject');
    await probe(videoId);
    expect(await tryOf(videoId)).toEqual([2]);
    await probe(videoId);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'STORAGE_UNAVAILABLE']);
    expect(await stage.sql('select detail from dead_letters where video_id = ?', [videoId])).toEqual([
      { detail: 'it may not call RestoreObject' },
    ]);
  });
});

test('a video is deleted with its archived source, which nobody asks for', async () => {
  const { videoId, ownerId, key } = await stage.ready();
  archives.archive(key);
  await deleteVideo(over(stage.as(ownerId)), { videoId });
  await purgeVideo(system(), { videoId });
  expect(await stage.keys('sources', `uploads/${videoId}/`)).toEqual([]);
  expect(archives.asked).toEqual([]);
});
