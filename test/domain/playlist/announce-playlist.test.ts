import { beforeEach, expect, test } from 'vitest';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { runTask, useStage } from '#test/domain/stage.ts';
import { zipOf } from '#test/support/zips.ts';
import { admin, arrived, clip, put, shown, sign, transcodeAll, video } from './archives.ts';

const stage = useStage({}, { INGEST_URL: 'http://ingest.example.com/admin/meetings/playlists' });
beforeEach(() => stage.reset());

/** What the ingest endpoint would be sent, one a message. */
async function told(playlistId: string): Promise<{ videos: Record<string, unknown>[] }[]> {
  const rows = await stage.sql<{ body: string }>(
    'select body from webhook_messages where dedupe_key = ? order by created_at',
    [`ingest:playlist.ended:${playlistId}`],
  );
  return rows.map(({ body }) => JSON.parse(body));
}
const announce = (playlistId: string) => runTask('announce-playlist', stage.system(), { playlistId });

test('when its last entry has ended a playlist is told of once, in the words of the contract and no others', async () => {
  const { owner, playlistId } = await arrived(
    stage,
    zipOf([
      { name: 'course/' },
      video('course/good.mp4'),
      video('course/better.mp4'),
      video('course/locked.mp4', { flags: 1 }),
      { name: 'course/._good.mp4', data: clip() },
    ]),
  );
  await stage.runJobs('unpack-archive');
  await stage.runJobs('announce-playlist');
  expect(await told(playlistId)).toEqual([]);
  const { videos } = await shown(owner, playlistId);
  await transcodeAll(stage);
  await stage.runJobs('announce-playlist');
  const [message, ...more] = await told(playlistId);
  expect(more).toEqual([]);
  const ready = await shown(owner, playlistId);
  expect(message).toEqual({
    playlistId,
    title: 'course',
    videos: [
      {
        id: videos[1]?.videoId,
        title: 'good',
        status: 'READY',
        streamUrl: ready.videos[1]?.streamUrl,
        durationSeconds: ready.videos[1]?.durationSeconds,
        failReason: null,
      },
      {
        id: videos[2]?.videoId,
        title: 'better',
        status: 'READY',
        streamUrl: ready.videos[2]?.streamUrl,
        durationSeconds: ready.videos[2]?.durationSeconds,
        failReason: null,
      },
      {
        id: null,
        title: 'course/locked.mp4',
        status: 'FAILED',
        streamUrl: null,
        durationSeconds: null,
        failReason: 'ARCHIVE_ENCRYPTED',
      },
    ],
  });
  expect(Object.keys(message ?? {})).toEqual(['playlistId', 'title', 'videos']);
  const [toOwner] = await stage.sql<{ body: string }>(
    'select body from webhook_messages where dedupe_key = ?',
    [`playlist.ended:${playlistId}`],
  );
  expect(JSON.parse(toOwner?.body ?? '{}')).toMatchObject({ type: 'playlist.ended', data: { playlistId } });
});

test('it is not told of while one video is on its way, FAILED counts as an end, and a later retry tells nothing again', async () => {
  const { owner, ownerId, playlistId } = await arrived(stage, zipOf([video('a.mp4'), video('b.mp4')]));
  await stage.runJobs('unpack-archive');
  await stage.runJobs('probe-source');
  const { videos } = await shown(owner, playlistId);
  const [a, b] = videos.map(({ videoId }) => videoId ?? '');
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(a ?? '')).id });
  await stage.runJobs('announce-playlist');
  expect(await told(playlistId)).toEqual([]);

  stage.tune({ transcodeAttempts: 1 });
  stage.transcoder.script.push(() => Promise.reject(new Error('the encoder broke')));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(b ?? '')).id });
  expect(await stage.standing(b ?? '')).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  await stage.runJobs('announce-playlist');
  const [message] = await told(playlistId);
  expect(message?.videos).toMatchObject([
    { id: a, status: 'READY', failReason: null },
    { id: b, status: 'FAILED', streamUrl: null, failReason: 'TRANSCODE_ERROR' },
  ]);

  // Not even when nobody remembers the message any more.
  await stage.sql('delete from webhook_messages where owner_id = ?', [ownerId]);
  await retryVideo(owner, { videoId: b ?? '' });
  await transcodeAll(stage);
  expect((await stage.standing(b ?? ''))[0]).toBe('READY');
  await stage.runJobs('announce-playlist');
  expect(await told(playlistId)).toEqual([]);
});

test('ten announcements at once tell once', async () => {
  const { playlistId } = await arrived(stage, zipOf([video('a.mp4')]));
  await stage.runJobs('unpack-archive');
  await transcodeAll(stage);
  await Promise.all(Array.from({ length: 10 }, () => announce(playlistId)));
  expect(await told(playlistId)).toHaveLength(1);
  const { announced_at } = await stage.row<{ announced_at: string | null }>('playlists', playlistId);
  expect(announced_at).not.toBeNull();
});

test('a lone file is a playlist of one, told of when it is READY', async () => {
  const owner = admin(stage);
  const upload = await sign(owner, 'tour.mp4');
  await put(upload, clip());
  await announce(upload.playlistId);
  expect(await told(upload.playlistId)).toEqual([]);
  stage.passSeconds(121);
  await runTask('reconcile', stage.system(), {});
  await stage.runJobs('complete-upload');
  await transcodeAll(stage);
  await stage.runJobs('announce-playlist');
  expect(await told(upload.playlistId)).toMatchObject([
    {
      playlistId: upload.playlistId,
      title: 'tour',
      videos: [{ id: upload.videoId, title: 'tour', status: 'READY' }],
    },
  ]);
});

test('an archive that failed as a whole stands for its entries', async () => {
  const { playlistId } = await arrived(stage, Buffer.from('no archive at all, whatever its name says'));
  await stage.runJobs('unpack-archive');
  await stage.runJobs('announce-playlist');
  expect(await told(playlistId)).toEqual([
    {
      playlistId,
      title: 'course',
      videos: [
        {
          id: null,
          title: 'course.zip',
          status: 'FAILED',
          streamUrl: null,
          durationSeconds: null,
          failReason: 'ARCHIVE_DAMAGED',
        },
      ],
    },
  ]);
});

test('a video that its owner deletes holds nothing up and is not told of', async () => {
  const { owner, playlistId } = await arrived(stage, zipOf([video('a.mp4'), video('b.mp4')]));
  await stage.runJobs('unpack-archive');
  await stage.runJobs('announce-playlist');
  const { videos } = await shown(owner, playlistId);
  await deleteVideo(owner, { videoId: videos[0]?.videoId ?? '' });
  await deleteVideo(owner, { videoId: videos[1]?.videoId ?? '' });
  expect(await told(playlistId)).toEqual([]);
  // Nothing ends any more that would ask: the reconciler does.
  stage.passSeconds(121);
  await runTask('reconcile', stage.system(), {});
  await stage.runJobs('announce-playlist');
  expect(await told(playlistId)).toEqual([{ playlistId, title: 'course', videos: [] }]);
});
