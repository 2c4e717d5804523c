import { afterEach, expect, test } from 'vitest';
import { mediaPrefix } from '#domain/storage-keys.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { runTask, useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** The probe of one source is under way when the next source of the video is accepted; then its look ends as told. */
async function probedWhileReplaced(look: 'fails' | 'succeeds') {
  const ready = await stage.ready();
  const older = await stage.uploaded(ready);
  const [probe] = await stage.queue('probe-source', { videoId: ready.videoId });
  await stage.sql('delete from graphile_worker._private_jobs where id = ?', [probe?.id]);
  const newer = await stage.sent(ready);
  const inspect = stage.inspector.inspect;
  stage.inspector.inspect = async () => {
    stage.inspector.inspect = inspect;
    await completeUpload(stage.as(newer.ownerId), newer);
    if (look === 'fails') throw new Error('storage cut the read off');
    return stage.inspector.probe;
  };
  await runTask('probe-source', stage.system(), probe?.payload ?? {});
  return { ready, older, newer };
}

test('a look at a replaced source that fails does not take the place of the look at the new one', async () => {
  const { ready, newer } = await probedWhileReplaced('fails');
  const queued = await stage.queue('probe-source', { videoId: ready.videoId });
  expect(queued.map(({ payload }) => payload.sourceKey)).toEqual([newer.key]);
});

test('the poster of a replaced source does not stay in storage', async () => {
  const { ready } = await probedWhileReplaced('succeeds');
  const posters = await stage.sql<{ file_key: string }>(
    "select file_key from video_assets where video_id = ? and type = 'THUMBNAIL'",
    [ready.videoId],
  );
  expect(await stage.keys('media', `${mediaPrefix(ready.videoId)}poster/`)).toEqual(
    posters.map(({ file_key }) => file_key),
  );
});

test('outputs of an attempt that was given up are swept only when its worker can no longer write', async () => {
  const ready = await stage.ready();
  await stage.uploaded(ready);
  await stage.runJobs('probe-source');
  const first = await stage.openAttempt(ready.videoId);
  await stage.uploaded(ready);
  await stage.runJobs('probe-source');
  const ended = (await stage.attempts(ready.videoId)).find(({ id }) => id === first.id);
  expect(ended?.state).toBe('CANCELED');
  const waitSeconds = (new Date(ended?.sweep_at ?? 0).getTime() - stage.now().getTime()) / 1000;
  expect(waitSeconds).toBeGreaterThan(600);
});
