import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { reopenSinglePut } from '#domain/upload/reopen-single-put.ts';
import { useStage } from '../stage.ts';
import { openedPut, PUT_SIZE_BYTES, putFile, sentPut } from './single-put-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

const FILE = { fileName: 'again.mp4', contentType: 'video/mp4' };
const reopen = (of: { ownerId: string; videoId: string }, change: object = {}) =>
  reopenSinglePut(stage.as(of.ownerId), { videoId: of.videoId, ...FILE, ...change });
const liveOf = (videoId: string) =>
  stage.sql<{ id: string }>(
    "select id from upload_sessions where video_id = ? and status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')",
    [videoId],
  );

test('a READY video stays READY; the file becomes its source when it is complete', async () => {
  const ready = await stage.ready();
  const { source_file_key: before } = await stage.row<{ source_file_key: string }>('videos', ready.videoId);
  const put = await reopen(ready);
  expect(await stage.standing(ready.videoId)).toEqual(['READY', null]);
  expect(await putFile(put.signed.url)).toBe(200);
  await completeUpload(stage.as(ready.ownerId), { sessionId: put.sessionId });
  expect(await stage.standing(ready.videoId)).toEqual(['READY', null]);
  const row = await stage.row<{ source_file_key: string; source_size_bytes: string }>(
    'videos',
    ready.videoId,
  );
  expect(row.source_file_key).not.toBe(before);
  expect(row.source_size_bytes).toBe(String(PUT_SIZE_BYTES));
  expect(await stage.queue('probe-source', { videoId: ready.videoId })).toHaveLength(1);
  // The source before is wanted until its replacement plays.
  await stage.runJobs('clean-session');
  expect(await stage.keys('sources', `uploads/${ready.videoId}/`)).toContain(before);
});

test('a FAILED video is UPLOADING again', async () => {
  const put = await openedPut(stage);
  await cancelUpload(stage.as(put.ownerId), put);
  const again = await reopen(put);
  expect(again.sessionId).not.toBe(put.sessionId);
  expect(await stage.standing(put.videoId)).toEqual(['UPLOADING', null]);
});

describe('while an upload lives', () => {
  test('the same file is given its session again, whose URL is signed anew', async () => {
    const put = await openedPut(stage);
    expect(await reopen(put)).toMatchObject({ sessionId: put.sessionId, storageKey: put.stagingKey });
    expect(await liveOf(put.videoId)).toHaveLength(1);
  });

  test('another file takes the place of one that has sent nothing', async () => {
    const put = await openedPut(stage);
    const other = await reopen(put, { sizeBytes: 77 });
    expect(await liveOf(put.videoId)).toEqual([{ id: other.sessionId }]);
    // The first URL lives on, and what it writes goes.
    await putFile(put.url);
    await stage.runJobs('clean-session');
    stage.passSeconds(3700);
    await stage.runJobs('clean-session');
    expect(await stage.keys('sources', `staging/${put.videoId}/`)).toEqual([]);
  });

  test('another file is refused where the first stands in storage', async () => {
    const sent = await sentPut(stage);
    await expect(reopen(sent, { sizeBytes: 77 })).rejects.toMatchObject({
      code: 'upload_conflict',
      members: { uploadSessionId: sent.sessionId },
    });
  });

  test('an upload in parts that has sent nothing makes room', async () => {
    const parts = await stage.opened();
    const put = await reopen(parts);
    expect(await liveOf(parts.videoId)).toEqual([{ id: put.sessionId }]);
  });

  test('one that is being completed is left alone', async () => {
    const sent = await sentPut(stage);
    await stage.sql(
      "update upload_sessions set completing_until = now() + interval '1 minute' where id = ?",
      [sent.sessionId],
    );
    await expect(reopen(sent, { sizeBytes: 77 })).rejects.toMatchObject({ code: 'completing' });
  });

  test('two at the same moment leave one session', async () => {
    const draft = await stage.draft();
    const answers = await Promise.allSettled([
      reopen(draft, { sizeBytes: 1 }),
      reopen(draft, { sizeBytes: 2 }),
    ]);
    expect(await liveOf(draft.videoId)).toHaveLength(1);
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'upload_conflict' });
  });
});

test('UPLOADED and TRANSCODING take no other file, and nobody opens the video of somebody else', async () => {
  const [uploaded, probed] = [await stage.uploaded(), await stage.probed()];
  for (const video of [uploaded, probed])
    await expect(reopen(video)).rejects.toMatchObject({ code: 'illegal_transition' });
  const stranger = { ...uploaded, ownerId: '00000000-0000-4000-8000-000000000001' };
  await expect(reopen(stranger)).rejects.toMatchObject({ code: 'video_not_found' });
});

test("the video's own policy holds", async () => {
  const put = await openedPut(stage);
  await expect(reopen(put, { contentType: 'video/webm', fileName: 'a.webm' })).rejects.toMatchObject({
    code: 'unsupported_format',
  });
});
