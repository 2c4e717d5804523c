import { afterEach, expect, test } from 'vitest';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('an upload that storage has dropped ends at its completion, and the next start is a new one', async () => {
  const upload = await stage.opened(undefined, 1000);
  await stage.system().storage.sources.abortMultipart(upload.key, upload.uploadId);
  await expect(completeUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
    code: 'upload_expired',
  });
  expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
  const again = await stage.sent(upload);
  expect(again.sessionId).not.toBe(upload.sessionId);
  await completeUpload(stage.as(again.ownerId), again);
  expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
});

test('an upload of a READY video that storage has dropped leaves the status alone', async () => {
  const ready = await stage.ready();
  const upload = await stage.opened(ready, 1000);
  await stage.system().storage.sources.abortMultipart(upload.key, upload.uploadId);
  await expect(completeUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
    code: 'upload_expired',
  });
  expect(await stage.standing(upload.videoId)).toEqual(['READY', null]);
  expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({
    status: 'FAILED',
    completing_token: null,
  });
});
