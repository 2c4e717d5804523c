import { expect, test } from 'vitest';
import { checkSessions } from '#domain/upload/check-sessions.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();

test('a tus upload whose last byte was acknowledged is completed, though nobody lived to join its parts', async () => {
  const upload = await stage.sent();
  await stage.sql("update upload_sessions set provider = 'TUS', bytes_uploaded = size_bytes where id = ?", [
    upload.sessionId,
  ]);
  stage.passSeconds(130);
  await checkSessions(stage.system());
  expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
});

test('a tus upload shows what is acknowledged, also what is not yet a part', async () => {
  const upload = await stage.opened();
  await stage.sql("update upload_sessions set provider = 'TUS', bytes_uploaded = 1234 where id = ?", [
    upload.sessionId,
  ]);
  expect(await getUpload(stage.as(upload.ownerId), upload)).toMatchObject({ bytesUploaded: 1234 });
});
