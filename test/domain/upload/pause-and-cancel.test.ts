import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { receiveUploadEvent } from '#domain/upload/receive-upload-event.ts';
import { resumeUpload } from '#domain/upload/resume-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

describe('a pause', () => {
  test('keeps a client from signing and completing until it resumes', async () => {
    const upload = await stage.sent();
    const { sessionId } = upload;
    const as = () => stage.as(upload.ownerId);
    expect(await pauseUpload(as(), { sessionId })).toMatchObject({ status: 'PAUSED', bytesUploaded: 1000 });
    expect(await pauseUpload(as(), { sessionId })).toMatchObject({ status: 'PAUSED' });
    await expect(signParts(as(), { sessionId, partNumbers: [1] })).rejects.toMatchObject({
      code: 'upload_paused',
    });
    await expect(completeUpload(as(), { sessionId })).rejects.toMatchObject({ code: 'upload_paused' });
    expect(await resumeUpload(as(), { sessionId })).toMatchObject({ status: 'IN_PROGRESS' });
    expect(await resumeUpload(as(), { sessionId })).toMatchObject({ status: 'IN_PROGRESS' });
    expect(await completeUpload(as(), { sessionId })).toMatchObject({ outcome: 'completed' });
  });

  test('does not hold up an object that storage reports whole', async () => {
    const upload = await stage.sent();
    await pauseUpload(stage.as(upload.ownerId), upload);
    await receiveUploadEvent(stage.system(), { uploadSessionId: upload.sessionId, videoId: upload.videoId });
    expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({ status: 'COMPLETED' });
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  });
});

describe('a cancel', () => {
  test('ends upload and video, and storage is emptied', async () => {
    const upload = await stage.sent();
    expect(await cancelUpload(stage.as(upload.ownerId), upload)).toMatchObject({ status: 'CANCELED' });
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
    await stage.runJobs('clean-session');
    const { sources } = stage.system().storage;
    await expect(sources.listParts(upload.key, upload.uploadId)).rejects.toMatchObject({
      code: 'multipart_not_found',
    });
    for (const verb of [pauseUpload, resumeUpload, completeUpload])
      await expect(verb(stage.as(upload.ownerId), upload)).rejects.toMatchObject({ code: 'upload_closed' });
  });

  test('is looked after once more when the last signed URL has died', async () => {
    const upload = await stage.sent();
    await cancelUpload(stage.as(upload.ownerId), upload);
    const jobs = await stage.queue('clean-session', { sessionId: upload.sessionId });
    const delays = jobs.map(({ runAt }) => (new Date(runAt).getTime() - Date.now()) / 1000);
    expect(delays.some((seconds) => seconds < 5)).toBe(true);
    expect(delays.some((seconds) => seconds > 3600)).toBe(true);
  });

  test('of an upload that is complete is refused, and the video goes on', async () => {
    const upload = await stage.uploaded();
    await expect(cancelUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
      code: 'upload_closed',
    });
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  });
});
