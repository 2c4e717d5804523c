import { afterEach, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { checkSessions } from '#domain/upload/check-sessions.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { type OpenedUpload, useStage } from '../stage.ts';

const stage = useStage();
afterEach(async () => {
  stage.reset();
  await stage.sql("update upload_sessions set status = 'IN_PROGRESS' where status = 'INITIATED'");
  await stage.sql("update upload_sessions set status = 'FAILED' where status in ('IN_PROGRESS', 'PAUSED')");
});

const WEEK_SECONDS = 7 * 24 * 3600;
const sessionOf = ({ sessionId }: OpenedUpload) =>
  stage.row<{ status: string; next_check_at: string | null; expires_at: string }>(
    'upload_sessions',
    sessionId,
  );

test('an upload whose client never said that it was done is completed', async () => {
  const upload = await stage.sent();
  await checkSessions(stage.system());
  expect(await stage.standing(upload.videoId)).toEqual(['UPLOADING', null]);
  stage.passSeconds(130);
  await reconcile(stage.system());
  expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
});

test('so is one whose object storage has joined already', async () => {
  const upload = await stage.sent();
  const { sources } = stage.system().storage;
  await sources.completeMultipart(
    upload.key,
    upload.uploadId,
    await sources.listParts(upload.key, upload.uploadId),
  );
  stage.passSeconds(130);
  await checkSessions(stage.system());
  expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
});

test('an upload that ran out ends, its video with it, and its parts go', async () => {
  const upload = await stage.opened();
  await stage.sendParts(upload, [1]);
  stage.passSeconds(WEEK_SECONDS + 3600);
  await reconcile(stage.system());
  expect(await sessionOf(upload)).toMatchObject({ status: 'FAILED' });
  expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
  await stage.runJobs('clean-session');
  await expect(stage.system().storage.sources.listParts(upload.key, upload.uploadId)).rejects.toMatchObject({
    code: 'multipart_not_found',
  });
});

test('a whole upload wins over its expiry, paused or not', async () => {
  const [going, paused] = [await stage.sent(), await stage.sent()];
  await pauseUpload(stage.as(paused.ownerId), paused);
  stage.passSeconds(WEEK_SECONDS + 3600);
  await reconcile(stage.system());
  for (const { videoId } of [going, paused])
    expect(await stage.standing(videoId)).toEqual(['UPLOADED', null]);
});

test('storage is asked about an upload less and less often', async () => {
  const upload = await stage.opened();
  await stage.sendParts(upload, [1]);
  let listings = 0;
  stage.gates.sources.listParts = () => {
    listings += 1;
  };
  const waits: number[] = [];
  for (let round = 0; round < 13; round += 1) {
    const due = new Date((await sessionOf(upload)).next_check_at ?? 0).getTime();
    stage.passSeconds((due - stage.now().getTime()) / 1000 - 5);
    await checkSessions(stage.system());
    expect(listings).toBe(round);
    stage.passSeconds(10);
    await checkSessions(stage.system());
    expect(listings).toBe(round + 1);
    waits.push(
      (new Date((await sessionOf(upload)).next_check_at ?? 0).getTime() - stage.now().getTime()) / 1000,
    );
  }
  expect(waits[0]).toBeGreaterThan(50);
  // Each minute for the first ten, then twice as long each time.
  for (let i = 10; i < waits.length; i += 1) expect(waits[i]).toBeGreaterThan(1.5 * (waits[i - 1] ?? 0));
});

test('while storage does not answer nothing ends, whatever it says instead', async () => {
  for (const code of ['unavailable', 'access_refused', 'clock_skewed'] as const) {
    const upload = await stage.sent();
    stage.gates.sources.listParts = () => {
      throw new StorageError(code, 'not now');
    };
    stage.passSeconds(WEEK_SECONDS + 3600);
    await checkSessions(stage.system());
    expect(await stage.standing(upload.videoId), code).toEqual(['UPLOADING', null]);
    delete stage.gates.sources.listParts;
    await checkSessions(stage.system());
    expect(await stage.standing(upload.videoId), code).toEqual(['UPLOADED', null]);
  }
});

test('an upload whose parts only add up to its size ends when its time is over', async () => {
  const upload = await stage.opened();
  await stage.smuggle(upload, 1, 8 * 1024 ** 2 - 7);
  await stage.smuggle(upload, 2, 1007);
  stage.passSeconds(WEEK_SECONDS + 3600);
  await checkSessions(stage.system());
  expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
});

test('the session of a deleted video, left by a completer that crashed, keeps nobody else waiting', async () => {
  const [left, behind] = [await stage.sent(), await stage.opened()];
  await stage.sql("update upload_sessions set completing_until = now() + interval '1 minute' where id = ?", [
    left.sessionId,
  ]);
  await deleteVideo(stage.as(left.ownerId), left);
  await stage.sql("update upload_sessions set completing_until = now() - interval '1 minute' where id = ?", [
    left.sessionId,
  ]);
  await stage.runJobs('purge-video');
  stage.passSeconds(WEEK_SECONDS + 3600);
  await checkSessions(stage.system());
  expect(await sessionOf(behind)).toMatchObject({ status: 'FAILED' });
});
