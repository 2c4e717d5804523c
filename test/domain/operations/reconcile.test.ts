import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { claimAttempt } from '#domain/transcode/lease.ts';
import { receiveTranscodeEvent } from '#domain/transcode/receive-transcode-event.ts';
import { queueCompletion } from '#domain/upload/queue-completion.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { useStage } from '../stage.ts';
import { handedOver } from '../transcode/handed-over.ts';
import { sentPut } from '../upload/single-put-steps.ts';

const stage = useStage();
afterEach(async () => {
  stage.reset();
  await stage.sql(
    "update transcode_jobs set state = 'CANCELED', finished_at = now() where state in ('QUEUED', 'RUNNING')",
  );
  await stage.sql('delete from graphile_worker._private_jobs');
});

/** The queue lost everything, as after a restore from a backup of the tables alone. */
const queueIsLost = () => stage.sql('delete from graphile_worker._private_jobs');
const rest = (videoId: string, minutes = 2) =>
  stage.sql('update videos set updated_at = now() - make_interval(mins => ?::int) where id = ?', [
    minutes,
    videoId,
  ]);
/** A job that graphile-worker gave up: it stays in its table and never runs again. */
const giveUp = (key: string) =>
  stage.sql(
    "update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'gone', locked_at = null where key = ?",
    [key],
  );

/** Reconciles and lets the workers work, as a minute or two would. */
async function settle(): Promise<void> {
  await reconcile(stage.system());
  await stage.runJobs();
}

describe('nothing stays where nobody moves it (R8)', () => {
  test('UPLOADED whose probe was lost', async () => {
    const { videoId } = await stage.uploaded();
    await queueIsLost();
    await settle();
    expect(await stage.standing(videoId)).toEqual(['UPLOADED', null]);
    await rest(videoId);
    await settle();
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('UPLOADED whose probe the queue gave up', async () => {
    const { videoId } = await stage.uploaded();
    await giveUp(`probe:${videoId}`);
    await rest(videoId);
    await reconcile(stage.system());
    const [probe] = await stage.sql<{ attempts: number }>(
      'select attempts from graphile_worker._private_jobs where key = ?',
      [`probe:${videoId}`],
    );
    expect(probe?.attempts).toBe(0);
  });

  test('UPLOADING whose file was PUT, with no event and no client that says so', async () => {
    const { videoId } = await sentPut(stage);
    stage.passSeconds(121);
    await settle();
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('UPLOADING whose verification was queued and lost', async () => {
    const sent = await sentPut(stage);
    await queueCompletion(stage.as(sent.ownerId), sent);
    await queueIsLost();
    stage.passSeconds(121);
    await settle();
    expect(await stage.standing(sent.videoId)).toEqual(['READY', null]);
  });

  test('an HLS set whose publisher died', async () => {
    const { sessionId } = await stage.opened(undefined, 1000);
    await stage.sql(
      `update upload_sessions set provider = 'S3_SET', staging_key = 'x', provider_upload_id = '', set_files = '[]',
         completing_until = now() - interval '1 minute', completing_token = gen_random_uuid() where id = ?`,
      [sessionId],
    );
    await reconcile(stage.system());
    await stage.runJobs('complete-upload');
    expect(await stage.queue('publish-set', { sessionId })).toHaveLength(1);
  });

  test('TRANSCODING without an attempt', async () => {
    const { videoId } = await stage.probed();
    await stage.sql("update transcode_jobs set state = 'CANCELED', finished_at = now() where video_id = ?", [
      videoId,
    ]);
    await queueIsLost();
    await rest(videoId);
    await settle();
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('TRANSCODING whose attempt the queue has forgotten', async () => {
    const { videoId } = await stage.probed();
    await queueIsLost();
    const { id } = await stage.openAttempt(videoId);
    await reconcile(stage.system());
    expect((await stage.openAttempt(videoId)).id).toBe(id);
    await stage.sql(
      "update transcode_jobs set dispatched_at = now() - interval '5 minutes', run_at = dispatched_at - interval '5 minutes' where id = ?",
      [id],
    );
    await settle();
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('TRANSCODING whose attempt the queue gave up before anybody claimed it', async () => {
    const { videoId } = await stage.probed();
    const { id } = await stage.openAttempt(videoId);
    await giveUp(`transcode:${id}`);
    await stage.sql(
      "update transcode_jobs set dispatched_at = now() - interval '5 minutes', run_at = now() - interval '5 minutes' where id = ?",
      [id],
    );
    await settle();
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('TRANSCODING whose worker died', async () => {
    const { videoId } = await stage.probed();
    const { id } = await stage.openAttempt(videoId);
    await claimAttempt(stage.system().em, id, 45);
    await queueIsLost();
    await settle();
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
    await stage.sql("update transcode_jobs set lease_until = now() - interval '1 second' where id = ?", [id]);
    await settle();
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('an attempt that waits for its place when there is one', async () => {
    const { videoId } = await stage.probed();
    await stage.sql('update transcode_jobs set dispatched_at = null where video_id = ?', [videoId]);
    await queueIsLost();
    await settle();
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });

  test('an event of a provider that was never applied', async () => {
    const { videoId, attempt } = await handedOver(stage);
    const { id } = attempt;
    stage.coconut.jobOf(id).status = { state: 'unknown' };
    const body = { videoId, jobId: id, status: 'FAILED', failReason: 'SOURCE_TRUNCATED' } as const;
    await receiveTranscodeEvent(stage.system(), { eventId: 'lost', rawBody: '', body });
    await queueIsLost();
    await settle();
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
    await stage.sql(
      "update provider_events set received_at = now() - interval '2 minutes' where video_id = ?",
      [videoId],
    );
    await settle();
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'SOURCE_TRUNCATED']);
  });

  test('a deleted video whose purge was lost', async () => {
    const video = await stage.uploaded();
    await deleteVideo(stage.as(video.ownerId), video);
    await queueIsLost();
    await stage.sql("update videos set deleted_at = now() - interval '10 minutes' where id = ?", [
      video.videoId,
    ]);
    await settle();
    expect(await stage.keys('sources', `uploads/${video.videoId}/`)).toEqual([]);
  });
});

test('what moves by itself is left alone, however often one looks', async () => {
  const [uploaded, probed] = [await stage.uploaded(), await stage.probed()];
  await rest(uploaded.videoId, 10);
  await rest(probed.videoId, 10);
  const names = [uploaded.videoId, probed.videoId, (await stage.openAttempt(probed.videoId)).id];
  const queue = async () =>
    (await stage.queue())
      .map(({ task, payload }) => `${task} ${JSON.stringify(payload)}`)
      .filter((job) => names.some((name) => job.includes(name)))
      .sort();
  const before = await queue();
  for (let i = 0; i < 3; i += 1) await reconcile(stage.system());
  expect(await queue()).toEqual(before);
  expect(await stage.attempts(probed.videoId)).toHaveLength(1);
});

test('several reconcilers at once do what one does', async () => {
  const { videoId } = await stage.uploaded();
  await queueIsLost();
  await rest(videoId);
  await Promise.all(Array.from({ length: 4 }, () => reconcile(stage.system())));
  expect(await stage.queue('probe-source', { videoId })).toHaveLength(1);
});
