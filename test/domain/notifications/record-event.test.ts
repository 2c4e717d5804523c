import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { type OpenedUpload, runTask, useStage } from '#test/domain/stage.ts';
import { ownedEndpoint } from './endpoints.ts';

const stage = useStage({}, { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
beforeEach(() => stage.reset());

interface Told {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

/** What was written down for an owner, in the order of events. */
async function told(ownerId: string): Promise<Told[]> {
  await stage.runJobs('announce-video');
  const rows = await stage.sql<{ body: string }>('select body from webhook_messages where owner_id = ?', [
    ownerId,
  ]);
  return rows
    .map(({ body }) => JSON.parse(body) as Told)
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

const jobsOf = ({ videoId }: Pick<OpenedUpload, 'videoId'>) => stage.queue('announce-video', { videoId });

test('an owner is told that the upload is complete, and that the video can be played', async () => {
  const { ownerId, videoId } = await stage.ready();
  const [completed, ready, ...rest] = await told(ownerId);
  expect(rest).toEqual([]);
  expect(completed).toMatchObject({
    type: 'video.upload.completed',
    data: {
      id: videoId,
      title: 'Tour',
      status: 'UPLOADED',
      failReason: null,
      version: null,
      streamUrl: null,
    },
  });
  const { current_version } = await stage.row<{ current_version: string }>('videos', videoId);
  expect(ready).toMatchObject({
    type: 'video.asset.ready',
    data: {
      id: videoId,
      status: 'READY',
      failReason: null,
      version: current_version,
      streamUrl: `http://localhost:4000/media/videos/${videoId}/hls/${current_version}/master.m3u8`,
      metadata: {},
    },
  });
});

test('an event tells what the video was then, however late it is written down', async () => {
  const opened = await stage.opened();
  await cancelUpload(stage.as(opened.ownerId), opened);
  const again = await stage.opened(opened);
  expect(await stage.standing(again.videoId)).toEqual(['UPLOADING', null]);
  expect(await told(opened.ownerId)).toMatchObject([
    {
      type: 'video.asset.errored',
      data: { status: 'FAILED', failReason: 'UPLOAD_CANCELED', streamUrl: null },
    },
  ]);
});

test('a source that fails its probe twice is one event', async () => {
  const uploaded = await stage.uploaded();
  stage.inspector.failures.push(new Error('away'), new Error('still away'));
  await stage.runJobs('probe-source');
  expect(await jobsOf(uploaded)).toHaveLength(1);
  stage.passSeconds(60);
  await stage.runJobs('probe-source');
  expect(await stage.standing(uploaded.videoId)).toEqual(['FAILED', 'STORAGE_UNAVAILABLE']);
  const errored = (await told(uploaded.ownerId)).filter(({ type }) => type === 'video.asset.errored');
  expect(errored).toMatchObject([{ data: { failReason: 'STORAGE_UNAVAILABLE' } }]);
});

test('the same job twice is one event with one delivery', async () => {
  const { ownerId, videoId } = await stage.uploaded();
  await ownedEndpoint(stage, 'http://127.0.0.1:1/', ownerId);
  const [job] = await jobsOf({ videoId });
  await stage.runJobs('announce-video');
  await runTask('announce-video', stage.system(), job?.payload ?? {});
  expect(await told(ownerId)).toHaveLength(1);
  expect(
    await stage.sql(
      'select d.id from webhook_deliveries d join webhook_messages m on m.id = d.message_id where owner_id = ?',
      [ownerId],
    ),
  ).toHaveLength(1);
});

test('a video that was deleted meanwhile has no event', async () => {
  const { ownerId, videoId } = await stage.uploaded();
  await deleteVideo(stage.as(ownerId), { videoId });
  expect(await told(ownerId)).toEqual([]);
});

test('metadata goes along, and is left out whole where it is too much', async () => {
  for (const [note, expected] of [
    ['é'.repeat(100), { note: 'é'.repeat(100) }],
    ['é'.repeat(5000), null],
  ] as const) {
    const ownerId = randomUUID();
    const { id: videoId } = await createVideo(stage.as(ownerId), {
      title: '🚪'.repeat(200),
      sourceMime: 'video/mp4',
      sourceSizeBytes: 1000,
      createdVia: 'mobile',
      metadata: { note },
    });
    await stage.uploaded({ ownerId, videoId });
    const [event] = await told(ownerId);
    expect(event?.data.metadata).toEqual(expected);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(20_000);
  }
});
