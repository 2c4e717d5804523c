import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { queueCompletion } from '#domain/upload/queue-completion.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { useStage } from '../stage.ts';
import { type OpenedPut, openedPut, putFile, sentPut } from './single-put-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

const queue = (put: OpenedPut) => queueCompletion(stage.as(put.ownerId), put);
const jobsOf = ({ sessionId }: OpenedPut) => stage.queue('complete-upload', { sessionId });

test('the file is verified by a job, and storage is not asked before', async () => {
  const sent = await sentPut(stage);
  stage.gates.sources.head = () => {
    throw new Error('storage was asked');
  };
  await queue(sent);
  expect(await stage.standing(sent.videoId)).toEqual(['UPLOADING', null]);
  delete stage.gates.sources.head;
  await stage.runJobs('complete-upload');
  expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
});

test('said again, before and after, it makes one job and one source', async () => {
  const sent = await sentPut(stage);
  await Promise.all([queue(sent), queue(sent), queue(sent)]);
  expect(await jobsOf(sent)).toHaveLength(1);
  await stage.runJobs('complete-upload');
  await queue(sent);
  expect(await jobsOf(sent)).toEqual([]);
  expect(await stage.queue('probe-source', { videoId: sent.videoId })).toHaveLength(1);
});

test('a file that is not there is looked for twice, half a minute apart; then the video fails and its owner is told once', async () => {
  const put = await openedPut(stage);
  await queue(put);
  await stage.runJobs('complete-upload');
  expect(await stage.standing(put.videoId)).toEqual(['UPLOADING', null]);
  const [second] = await jobsOf(put);
  const waitSeconds = (new Date(second?.runAt ?? 0).getTime() - stage.now().getTime()) / 1000;
  expect(waitSeconds).toBeGreaterThan(25);
  expect(waitSeconds).toBeLessThan(31);
  stage.passSeconds(31);
  await stage.runJobs('complete-upload');
  expect(await stage.standing(put.videoId)).toEqual(['FAILED', 'SOURCE_MISSING']);
  expect(await stage.row('upload_sessions', put.sessionId)).toMatchObject({ status: 'FAILED' });
  expect(await jobsOf(put)).toEqual([]);
  expect(await stage.queue('announce-video', { videoId: put.videoId })).toHaveLength(1);
  await expect(queue(put)).rejects.toMatchObject({ code: 'upload_expired' });
});

test('a file that comes between the two looks is taken', async () => {
  const put = await openedPut(stage);
  await queue(put);
  await stage.runJobs('complete-upload');
  await putFile(put.url);
  stage.passSeconds(31);
  await stage.runJobs('complete-upload');
  expect(await stage.standing(put.videoId)).toEqual(['UPLOADED', null]);
});

test('a file of another size than announced fails as a mismatch', async () => {
  const put = await openedPut(stage, { sizeBytes: 1000 });
  const { sources } = stage.system().storage;
  await sources.put(put.stagingKey, randomBytes(999), { contentType: 'video/mp4' });
  await queue(put);
  await stage.runJobs('complete-upload');
  stage.passSeconds(31);
  await stage.runJobs('complete-upload');
  await stage.runJobs('clean-session');
  expect(await stage.standing(put.videoId)).toEqual(['FAILED', 'UPLOAD_MISMATCH']);
  expect(await stage.keys('sources', `staging/${put.videoId}/`)).toEqual([]);
});

test('a job that nobody asked for leaves what is not whole to its client', async () => {
  const put = await openedPut(stage);
  await stage
    .system()
    .em.transactional((tx) => stage.system().enqueue(tx, 'complete-upload', { sessionId: put.sessionId }));
  await stage.runJobs('complete-upload');
  expect(await stage.standing(put.videoId)).toEqual(['UPLOADING', null]);
  expect(await jobsOf(put)).toEqual([]);
});

test('a video that is deleted between the two looks is left to its purge', async () => {
  const put = await openedPut(stage);
  await queue(put);
  await stage.runJobs('complete-upload');
  await deleteVideo(stage.as(put.ownerId), put);
  stage.passSeconds(31);
  await stage.runJobs('complete-upload');
  expect(await stage.row('upload_sessions', put.sessionId)).toMatchObject({ status: 'CANCELED' });
});

describe('is refused at once', () => {
  test('where there is no such video, or no upload of it', async () => {
    const put = await openedPut(stage);
    const stranger = stage.as('00000000-0000-4000-8000-000000000001');
    await expect(queueCompletion(stranger, put)).rejects.toMatchObject({ code: 'video_not_found' });
    const draft = await stage.draft();
    await expect(queueCompletion(stage.as(draft.ownerId), draft)).rejects.toMatchObject({
      code: 'upload_not_found',
    });
  });

  test('where the upload is paused, canceled or has run out', async () => {
    const [paused, canceled, expired] = [
      await openedPut(stage),
      await openedPut(stage),
      await openedPut(stage),
    ];
    await pauseUpload(stage.as(paused.ownerId), paused);
    await expect(queue(paused)).rejects.toMatchObject({ code: 'upload_paused' });
    await cancelUpload(stage.as(canceled.ownerId), canceled);
    await expect(queue(canceled)).rejects.toMatchObject({ code: 'upload_closed' });
    stage.passSeconds(8 * 86_400);
    await expect(queue(expired)).rejects.toMatchObject({ code: 'upload_expired' });
    for (const put of [paused, canceled, expired]) expect(await jobsOf(put)).toEqual([]);
  });
});
