import { afterEach, expect, test } from 'vitest';
import { transaction } from '#domain/transaction.ts';
import { applyProviderEvent } from '#domain/transcode/apply-provider-event.ts';
import { receiveProviderNotification } from '#domain/transcode/receive-provider-notification.ts';
import { lockVideoRow } from '#domain/video/lock-video.ts';
import { notification } from '../domain/scripted-remote.ts';
import { useStage } from '../domain/stage.ts';
import { clearPipeline, handedOver } from '../domain/transcode/handed-over.ts';

const stage = useStage();
afterEach(() => clearPipeline(stage));

/** Whoever ends an attempt locks the video first and the attempt second: what locks the attempt may not want the video. */
test('progress is kept while somebody holds the video', async () => {
  const { videoId, attempt } = await handedOver(stage);
  const { id: providerJobId } = stage.coconut.jobOf(attempt.id);
  const told = { jobId: attempt.id, providerJobId, kind: 'progress', progressPercent: 40 } as const;
  await receiveProviderNotification(stage.system(), { provider: 'coconut', request: notification(told) });
  const [event] = await stage.sql<{ id: string }>(
    'select id from provider_events where video_id = ? and processed_at is null',
    [videoId],
  );
  await transaction(stage.system().em, async (tx) => {
    await lockVideoRow(tx, videoId);
    await applyProviderEvent(stage.system(), { eventId: event?.id ?? '' });
  });
  expect(await stage.openAttempt(videoId)).toMatchObject({ progress: '40.00' });
}, 20_000);
