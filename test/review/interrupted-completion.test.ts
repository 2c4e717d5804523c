import { afterEach, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { type OpenedUpload, useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** Whoever completed the upload died when storage had joined the parts; the session's time has run out since. */
async function diedInCompletion({ key, uploadId, sessionId }: OpenedUpload) {
  const { sources } = stage.system().storage;
  await sources.completeMultipart(key, uploadId, await sources.listParts(key, uploadId));
  await stage.sql(
    `update upload_sessions set completing_token = gen_random_uuid(),
      completing_until = now() - interval '1 second', expires_at = now() - interval '1 minute' where id = ?`,
    [sessionId],
  );
}

test.each(['known', 'unknown'])(
  'a completion that was interrupted comes to its end after the session has run out: %s size',
  async (size) => {
    const upload = await stage.sent();
    if (size === 'unknown')
      await stage.sql('update upload_sessions set size_bytes = null where id = ?', [upload.sessionId]);
    await diedInCompletion(upload);
    await reconcile(stage.system());
    await stage.runJobs('complete-upload');
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  },
);

test('parts of unknown size that nobody completed end with their session', async () => {
  const upload = await stage.sent();
  await stage.sql(
    "update upload_sessions set size_bytes = null, expires_at = now() - interval '1 minute' where id = ?",
    [upload.sessionId],
  );
  await reconcile(stage.system());
  expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
});
