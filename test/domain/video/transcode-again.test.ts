import { afterEach, describe, expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { retryDeadLetter } from '#domain/operations/retry-dead-letter.ts';
import { probeSource } from '#domain/transcode/probe-source.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { userActor } from '#test/support/platform.ts';
import { runTask, useStage } from '../stage.ts';

const stage = useStage({ transcodeAttempts: 1 });
afterEach(() => stage.reset());

const configured = ['ffmpeg', 'mediaconvert'] as const;
const withChoice = (context: Context): Context => ({
  ...context,
  transcoders: { defaultName: 'ffmpeg', fallbackName: null, configured, get: () => stage.transcoder },
});
const admin = () => withChoice(stage.platform.context(userActor(undefined, ['admin'])));
const probe = async (videoId: string) => {
  for (const { id, payload } of await stage.queue('probe-source', { videoId })) {
    await stage.sql('delete from graphile_worker._private_jobs where id = ?', [id]);
    await runTask('probe-source', withChoice(stage.system()), payload);
  }
};
const runOpen = async (videoId: string) =>
  runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
const versionOf = async (videoId: string) =>
  (await stage.row<{ current_version: string }>('videos', videoId)).current_version;
const failing = () =>
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));

test('a READY video gets a version more, and the one that plays stays for its grace', async () => {
  const { videoId } = await stage.ready();
  const before = await versionOf(videoId);
  expect(await transcodeAgain(admin(), { videoId })).toMatchObject({ id: videoId, status: 'READY' });
  await probe(videoId);
  expect([await stage.standing(videoId), await versionOf(videoId)]).toEqual([['READY', null], before]);
  await runOpen(videoId);
  expect(await versionOf(videoId)).not.toBe(before);
  const [first] = await stage.attempts(videoId);
  expect(new Date(first?.sweep_at ?? 0).getTime()).toBeGreaterThan(
    stage.now().getTime() + stage.system().settings.versionGraceSeconds * 1000 - 60_000,
  );
  expect(await stage.keys('media', `videos/${videoId}/hls/${before}/`)).not.toEqual([]);
});

test('by the transcoder that was named; a FAILED one is TRANSCODING again', async () => {
  const { videoId } = await stage.probed();
  failing();
  await runOpen(videoId);
  expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  await transcodeAgain(admin(), { videoId, transcoder: 'mediaconvert' });
  expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  await probe(videoId);
  const { id } = await stage.openAttempt(videoId);
  expect(await stage.row('transcode_jobs', id)).toMatchObject({ provider: 'mediaconvert', failed_before: 0 });
  expect(
    await stage.sql('select 1 from dead_letters where video_id = ? and retried_at is null', [videoId]),
  ).toEqual([]);
});

describe('one request makes one version', () => {
  test('when its probe comes twice, late, or after its attempt has failed', async () => {
    const { videoId } = await stage.ready();
    await transcodeAgain(admin(), { videoId });
    const [{ payload } = { payload: {} }] = await stage.queue('probe-source', { videoId });
    const signal = new AbortController().signal;
    const again = () => probeSource(stage.system(), payload as never, signal);
    await probe(videoId);
    await again();
    failing();
    await runOpen(videoId);
    await again();
    expect(await stage.attempts(videoId)).toHaveLength(2);
    await transcodeAgain(admin(), { videoId });
    await probe(videoId);
    await runOpen(videoId);
    await again();
    expect(await stage.attempts(videoId)).toHaveLength(3);
  });

  test('and neither the reconciler nor a probe without a request makes another', async () => {
    const { videoId, key } = await stage.ready();
    await transcodeAgain(admin(), { videoId });
    await probe(videoId);
    await runOpen(videoId);
    await stage.sql("update videos set updated_at = now() - interval '5 minutes' where id = ?", [videoId]);
    await reconcile(stage.system());
    expect(await stage.queue('probe-source', { videoId })).toEqual([]);
    await runTask('probe-source', stage.system(), { videoId, sourceKey: key, tryNumber: 1 });
    expect(await stage.attempts(videoId)).toHaveLength(2);
  });

  test('while two at the same moment make one', async () => {
    const { videoId } = await stage.ready();
    const both = await Promise.allSettled([
      transcodeAgain(admin(), { videoId }),
      transcodeAgain(admin(), { videoId }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await probe(videoId);
    expect(await stage.attempts(videoId)).toHaveLength(2);
  });
});

describe('is refused', () => {
  const codeOf = (videoId: string, options: { transcoder?: 'coconut' } = {}, context = admin()) =>
    (async () => transcodeAgain(context, { videoId, ...options }))().then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );

  test('to who is no operator, and of a video that is not there', async () => {
    const ready = await stage.ready();
    expect(await codeOf(ready.videoId, {}, stage.as(ready.ownerId))).toBe('forbidden');
    expect(await codeOf('01937000-0000-7000-8000-0000000000ff')).toBe('video_not_found');
  });

  test('by a transcoder that is not set up', async () => {
    const { videoId } = await stage.ready();
    expect(await codeOf(videoId, { transcoder: 'coconut' })).toBe('transcoder_unavailable');
    expect(await stage.queue('probe-source', { videoId })).toEqual([]);
  });

  test('in every state but READY and FAILED', async () => {
    const videos = [stage.draft, stage.opened, stage.uploaded, stage.probed];
    for (const make of videos) {
      const { videoId } = await make.call(stage);
      expect(await codeOf(videoId)).toBe('illegal_transition');
    }
  });

  test('while a version is being made: asked for, accepted, or in work', async () => {
    const asked = await stage.ready();
    await transcodeAgain(admin(), asked);
    expect(await codeOf(asked.videoId)).toBe('illegal_transition');
    const accepted = await stage.ready();
    await completeUpload(stage.as(accepted.ownerId), await stage.sent(accepted));
    expect(await codeOf(accepted.videoId)).toBe('illegal_transition');
    const inWork = await stage.ready();
    await stage.probed(inWork);
    expect(await codeOf(inWork.videoId)).toBe('illegal_transition');
  });

  test('without a source that could do better', async () => {
    const never = await stage.opened();
    await cancelUpload(stage.as(never.ownerId), never);
    expect(await codeOf(never.videoId)).toBe('source_unavailable');
    const gone = await stage.ready();
    await stage.system().storage.sources.deleteMany([gone.key]);
    expect(await codeOf(gone.videoId)).toBe('source_unavailable');
    const replaced = await stage.ready();
    await stage.system().storage.sources.put(replaced.key, 'others', { contentType: 'video/mp4' });
    expect(await codeOf(replaced.videoId)).toBe('source_unavailable');
    const faulty = await stage.uploaded();
    stage.inspector.failures.push(new SourceRejected('SOURCE_NOT_VIDEO', 'a text'));
    await probe(faulty.videoId);
    expect(await codeOf(faulty.videoId)).toBe('source_unavailable');
    const imported = await stage.ready();
    await stage.sql("update videos set source_mime = 'application/vnd.apple.mpegurl' where id = ?", [
      imported.videoId,
    ]);
    expect(await codeOf(imported.videoId)).toBe('source_unavailable');
  });
});

test('a dead letter of a READY video goes the same way, to whom its request had named', async () => {
  const { videoId } = await stage.ready();
  await transcodeAgain(admin(), { videoId, transcoder: 'mediaconvert' });
  stage.inspector.failures.push(new SourceRejected('SOURCE_TRUNCATED', 'cut'));
  await probe(videoId);
  const [letter] = await stage.sql<{ id: string }>('select id from dead_letters where video_id = ?', [
    videoId,
  ]);
  await retryDeadLetter(admin(), { id: letter?.id ?? '' });
  await probe(videoId);
  expect(await stage.openAttempt(videoId)).toMatchObject({ provider: 'mediaconvert' });
});

test('the upload policy of a video decides where nobody asks', async () => {
  const { policies } = stage.system().settings;
  stage.tune({ policies: { ...policies, mobile: { ...policies.mobile, transcoder: 'mediaconvert' } } });
  const { videoId } = await stage.uploaded();
  await probe(videoId);
  expect(await stage.openAttempt(videoId)).toMatchObject({ provider: 'mediaconvert' });
});
