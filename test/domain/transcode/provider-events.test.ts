import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { applyProviderEvent } from '#domain/transcode/apply-provider-event.ts';
import { claimAttempt } from '#domain/transcode/lease.ts';
import { receiveTranscodeEvent, type TranscodeEvent } from '#domain/transcode/receive-transcode-event.ts';
import { TranscodeJob } from '#domain/transcode/transcode-job.entity.ts';
import type { TranscodeStatus } from '#providers/transcoders/transcoder.ts';
import { useStage } from '../stage.ts';
import { clearPipeline, handedOver } from './handed-over.ts';

const stage = useStage();
afterEach(() => clearPipeline(stage));

const submitted = () => handedOver(stage);
const says = (attemptId: string, status: TranscodeStatus) => {
  stage.coconut.jobOf(attemptId).status = status;
};

/** The attempt's output, whole in storage, and the event that says so. */
async function finished(jobId: string): Promise<TranscodeEvent> {
  const job = await stage.system().em.findOneOrFail(TranscodeJob, { id: jobId });
  const output = await stage.transcoder.make(job.order());
  return {
    videoId: job.videoId,
    jobId,
    status: 'READY',
    assets: [
      { type: 'HLS_MASTER', fileKey: output.masterKey },
      ...output.assets.map(({ key, qualityLabel }) => ({
        type: 'HLS_RENDITION',
        quality: qualityLabel,
        fileKey: key,
      })),
    ],
  };
}

async function receive(body: TranscodeEvent, eventId: string | null = randomUUID()): Promise<string> {
  const received = await receiveTranscodeEvent(stage.system(), {
    eventId,
    rawBody: JSON.stringify(body),
    body,
  });
  await stage.runJobs('apply-provider-event');
  return received;
}

const outcomesOf = async (videoId: string) =>
  (
    await stage.sql<{ outcome: string }>(
      'select outcome from provider_events where video_id = ? order by received_at',
      [videoId],
    )
  ).map(({ outcome }) => outcome);

test('READY with the whole output in storage publishes it', async () => {
  const { videoId, attempt } = await submitted();
  expect(attempt).toMatchObject({ state: 'RUNNING', lease_until: null });
  expect(await receive(await finished(attempt.id))).toBe('accepted');
  expect(await stage.row('videos', videoId)).toMatchObject({
    status: 'READY',
    current_version: attempt.version,
  });
});

test('an event without jobId means the only open attempt', async () => {
  const { videoId, attempt } = await submitted();
  const { jobId: _, ...event } = await finished(attempt.id);
  await receive(event);
  expect(await stage.standing(videoId)).toEqual(['READY', null]);
});

describe('again, late, out of order', () => {
  test('the same event twice, by its id or by its body, is one', async () => {
    const { videoId, attempt } = await submitted();
    const event = await finished(attempt.id);
    const id = randomUUID();
    expect(await receive(event, id)).toBe('accepted');
    expect(await receive(event, id)).toBe('duplicate');
    expect(await receive(event, null)).toBe('accepted');
    expect(await receive(event, null)).toBe('duplicate');
    expect(await outcomesOf(videoId)).toEqual(['published', 'late']);
  });

  test('twenty of the same at once are one, and publish once', async () => {
    const { videoId, attempt } = await submitted();
    const body = await finished(attempt.id);
    const input = { eventId: randomUUID(), rawBody: JSON.stringify(body), body };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => receiveTranscodeEvent(stage.system(), input)),
    );
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
    const [event] = await stage.sql<{ id: string }>('select id from provider_events where video_id = ?', [
      videoId,
    ]);
    const eventId = event?.id ?? '';
    await Promise.all([
      applyProviderEvent(stage.system(), { eventId }),
      applyProviderEvent(stage.system(), { eventId }),
    ]);
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
    expect(
      await stage.sql("select 1 from video_assets where video_id = ? and type = 'HLS_MASTER'", [videoId]),
    ).toHaveLength(1);
  });

  test('FAILED after READY changes nothing, nor does READY after FAILED of the last attempt', async () => {
    const ready = await submitted();
    await receive(await finished(ready.attempt.id));
    await receive({ videoId: ready.videoId, jobId: ready.attempt.id, status: 'FAILED' });
    expect(await stage.standing(ready.videoId)).toEqual(['READY', null]);

    stage.tune({ transcodeAttempts: 1 });
    const failed = await submitted();
    says(failed.attempt.id, { state: 'canceled' });
    await receive({ videoId: failed.videoId, jobId: failed.attempt.id, status: 'FAILED' });
    expect(await stage.standing(failed.videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
    await receive(await finished(failed.attempt.id));
    expect(await stage.standing(failed.videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  });

  test('an event of an attempt that was replaced does not end its successor', async () => {
    const { videoId, attempt } = await submitted();
    says(attempt.id, { state: 'canceled' });
    const fail = { videoId, jobId: attempt.id, status: 'FAILED' } as const;
    await receive(fail);
    const next = await stage.openAttempt(videoId);
    expect(next.id).not.toBe(attempt.id);
    await receive(fail);
    await receive({ ...fail, failReason: 'again' });
    expect(await stage.openAttempt(videoId)).toMatchObject({ id: next.id, failed_before: 1 });
  });

  test('an event before its attempt has begun moves nothing', async () => {
    const { videoId } = await stage.probed();
    const { id } = await stage.openAttempt(videoId);
    await receive(await finished(id));
    await receive({ videoId, jobId: id, status: 'FAILED' });
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
    expect(await stage.openAttempt(videoId)).toMatchObject({ id, state: 'QUEUED' });
  });

  test('a video that nobody has, or that was deleted, is not found', async () => {
    const { videoId, attempt } = await submitted();
    const event = await finished(attempt.id);
    await stage.sql('update videos set deleted_at = now() where id = ?', [videoId]);
    for (const body of [event, { ...event, videoId: randomUUID() }])
      await expect(receive(body)).rejects.toMatchObject({ code: 'video_not_found' });
  });
});

describe('a forged or careless READY publishes nothing', () => {
  const forge = async (change: (event: TranscodeEvent, prefix: string) => TranscodeEvent) => {
    const { videoId, attempt } = await submitted();
    await receive(change(await finished(attempt.id), attempt.output_prefix));
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
    const [outcome = ''] = await outcomesOf(videoId);
    return outcome;
  };
  const withAsset = (event: TranscodeEvent, asset: { type: string; quality?: string; fileKey: string }) => ({
    ...event,
    assets: [...(event.assets ?? []), asset],
  });

  test('with objects of another video', async () => {
    const other = await stage.ready();
    const [master = ''] = await stage.keys('media', `videos/${other.videoId}/hls/`);
    expect(
      await forge((event) => ({ ...event, assets: [{ type: 'HLS_MASTER', fileKey: master }] })),
    ).toContain('outside');
    expect(await forge((event) => withAsset(event, { type: 'HLS_RENDITION', fileKey: master }))).toContain(
      'outside',
    );
  });

  test.each(['sources/x', '/etc/passwd', '', 'https://elsewhere/master.m3u8'])(
    'with a key such as %j',
    async (fileKey) => {
      expect(await forge((event) => ({ ...event, assets: [{ type: 'HLS_MASTER', fileKey }] }))).toContain(
        'outside',
      );
    },
  );

  test('with a key that only begins with the prefix', async () => {
    const climb = (prefix: string) => `${prefix}../../../uploads/secret.m3u8`;
    expect(
      await forge((event, prefix) =>
        withAsset(event, { type: 'HLS_RENDITION', quality: 'x', fileKey: climb(prefix) }),
      ),
    ).toContain('refused');
    expect(
      await forge((event, prefix) => ({
        ...event,
        assets: [{ type: 'HLS_MASTER', fileKey: climb(prefix) }],
      })),
    ).toContain('refused');
  });

  test('with a rendition that is nowhere', async () => {
    const asset = (prefix: string) => ({
      type: 'HLS_RENDITION',
      quality: '4k',
      fileKey: `${prefix}4k/playlist.m3u8`,
    });
    expect(await forge((event, prefix) => withAsset(event, asset(prefix)))).toContain('refused');
  });

  test('without a master, without anything', async () => {
    expect(await forge((event) => ({ ...event, assets: (event.assets ?? []).slice(1) }))).toContain(
      'no HLS_MASTER',
    );
    expect(await forge(({ assets: _, ...event }) => event)).toContain('no HLS_MASTER');
  });

  test('with the same rendition twice', async () => {
    expect(
      await forge((event) => ({
        ...event,
        assets: [...(event.assets ?? []), ...(event.assets ?? []).slice(1)],
      })),
    ).toContain('refused');
  });

  test('with the jobId of another video', async () => {
    const [mine, other] = [await submitted(), await submitted()];
    await receive({ ...(await finished(other.attempt.id)), videoId: mine.videoId });
    for (const { videoId } of [mine, other])
      expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });

  test('before the last segment is there; the attempt goes on and the next event finds it whole', async () => {
    const { videoId, attempt } = await submitted();
    const event = await finished(attempt.id);
    const last = `${attempt.output_prefix}180p/seg-1.m4s`;
    await stage.system().storage.media.deleteMany([last]);
    await receive(event);
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
    await stage.system().storage.media.put(last, 'segment', { contentType: 'video/iso.segment' });
    await receive(event);
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
  });
});

describe('FAILED is a hint', () => {
  test('while a worker holds the lease nothing ends', async () => {
    const { videoId } = await stage.probed();
    const { id } = await stage.openAttempt(videoId);
    await claimAttempt(stage.system().em, id, 45);
    await receive({ videoId, jobId: id, status: 'FAILED' });
    expect(await stage.openAttempt(videoId)).toMatchObject({ id, state: 'RUNNING' });
    expect(await outcomesOf(videoId)).toEqual([expect.stringContaining('refused')]);
  });

  test('while the provider says that it runs nothing ends', async () => {
    const { videoId, attempt } = await submitted();
    await receive({ videoId, status: 'FAILED' });
    expect(await stage.openAttempt(videoId)).toMatchObject({ id: attempt.id, state: 'RUNNING' });
  });

  test('once the provider agrees the attempt ends and another begins; a fault of the source ends the video', async () => {
    const { videoId, attempt } = await submitted();
    says(attempt.id, { state: 'unknown' });
    await receive({ videoId, status: 'FAILED', failReason: 'something of its own' });
    expect(await stage.row('transcode_jobs', attempt.id)).toMatchObject({ fail_reason: 'TRANSCODE_ERROR' });
    expect((await stage.openAttempt(videoId)).failed_before).toBe(1);
    const other = await submitted();
    says(other.attempt.id, { state: 'unknown' });
    await receive({ videoId: other.videoId, status: 'FAILED', failReason: 'SOURCE_TRUNCATED' });
    expect(await stage.standing(other.videoId)).toEqual(['FAILED', 'SOURCE_TRUNCATED']);
  });
});
