import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyWebhook } from '#client/verify-webhook.ts';
import { type Receiver, startReceiver } from '#test/providers/webhooks/receiver.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';

let pipeline: Pipeline;
let receiver: Receiver;
let secret: string;
beforeAll(async () => {
  receiver = await startReceiver((_request, _incoming, response) => response.writeHead(204).end());
  pipeline = await startPipeline({ env: { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' } });
  const registered = await pipeline.answer<{ secret: string }>('POST', '/api/webhook-endpoints', {
    url: receiver.url,
  });
  secret = registered.secret;
});
afterAll(async () => {
  await pipeline?.close();
  await receiver?.[Symbol.asyncDispose]();
});

/** The events of a video, as a receiver believes them, once the one that ends it is there. */
async function toldOf(videoId: string) {
  return waitFor(`the end of video ${videoId} to be told`, async () => {
    const events = await Promise.all(
      receiver.received.map(({ headers, body }) => verifyWebhook(secret, headers, body)),
    );
    const own = events.filter(({ data }) => 'id' in data && data.id === videoId);
    return own.some(({ type }) => type.startsWith('video.asset.')) && own;
  });
}

test('an owner is told by the running service that an upload is whole, and that it plays', async () => {
  const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('h264')));
  const events = await toldOf(video.id);
  expect(events.map(({ type }) => type).sort()).toEqual(['video.asset.ready', 'video.upload.completed']);
  expect(events.find(({ type }) => type === 'video.asset.ready')?.data).toMatchObject({
    status: 'READY',
    streamUrl: video.playback?.streamUrl,
    posterUrl: video.posterUrl,
    durationSeconds: 3,
  });
});

test('an owner is told once why a file cannot become a video', async () => {
  const videoId = await pipeline.upload(new TextEncoder().encode('#EXTM3U\nhttp://127.0.0.1/\n'));
  await pipeline.untilEnded(videoId);
  const events = await toldOf(videoId);
  expect(events.filter(({ type }) => type === 'video.asset.errored')).toMatchObject([
    { data: { status: 'FAILED', failReason: 'SOURCE_NOT_VIDEO', streamUrl: null } },
  ]);
});
