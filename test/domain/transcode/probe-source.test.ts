import { afterEach, describe, expect, test } from 'vitest';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const lettersOf = (videoId: string) =>
  stage.sql<{ reason: string }>('select reason from dead_letters where video_id = ?', [videoId]);

test('a source that was looked at has a poster, a size and a first attempt', async () => {
  const { videoId, key } = await stage.probed();
  const row = await stage.row<{ poster_key: string }>('videos', videoId);
  expect(row).toMatchObject({ status: 'TRANSCODING', width: 320, height: 180, duration_seconds: '8.000' });
  expect((await stage.system().storage.media.head(row.poster_key)).contentType).toBe('image/jpeg');
  expect(await stage.attempts(videoId)).toMatchObject([
    { state: 'QUEUED', plan: { source: { key, demuxer: 'mov' }, ladder: [{ label: '180p' }] } },
  ]);
});

test('looked at twice it has one attempt', async () => {
  const { videoId, key } = await stage.uploaded();
  const again = { videoId, sourceKey: key, tryNumber: 1 };
  await stage.runJobs('probe-source');
  await stage.sql("select graphile_worker.add_job('probe-source', ?::json)", [JSON.stringify(again)]);
  await stage.runJobs('probe-source');
  expect(await stage.attempts(videoId)).toHaveLength(1);
});

describe('storage that cannot be read', () => {
  const away = () => {
    throw new StorageError('unavailable', 'storage is away');
  };

  test('is asked again after half a minute, and a second answer is enough', async () => {
    const { videoId } = await stage.uploaded();
    stage.gates.sources.get = away;
    await stage.runJobs('probe-source');
    expect(await stage.standing(videoId)).toEqual(['UPLOADED', null]);
    const [again] = await stage.queue('probe-source', { videoId });
    expect(again?.payload).toMatchObject({ tryNumber: 2 });
    const waitSeconds = (new Date(again?.runAt ?? 0).getTime() - stage.now().getTime()) / 1000;
    expect(waitSeconds).toBeGreaterThan(20);
    delete stage.gates.sources.get;
    stage.passSeconds(31);
    await stage.runJobs('probe-source');
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });

  test('twice ends the video, once; a retry looks again', async () => {
    const { videoId, ownerId } = await stage.uploaded();
    stage.gates.sources.get = away;
    await stage.runJobs('probe-source');
    stage.passSeconds(31);
    await stage.runJobs('probe-source');
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'STORAGE_UNAVAILABLE']);
    expect(await lettersOf(videoId)).toHaveLength(1);
    expect(await stage.queue('probe-source', { videoId })).toHaveLength(0);
    delete stage.gates.sources.get;
    expect(await retryVideo(stage.as(ownerId), { videoId })).toMatchObject({ status: 'TRANSCODING' });
    await stage.runJobs('probe-source');
    expect(await stage.attempts(videoId)).toHaveLength(1);
  });
});

describe('a source at fault ends at once and is not looked at again', () => {
  test.each(['SOURCE_TRUNCATED', 'SOURCE_NOT_VIDEO', 'SOURCE_TOO_LONG', 'SOURCE_TOO_COMPLEX'] as const)(
    '%s',
    async (code) => {
      const { videoId, ownerId } = await stage.uploaded();
      stage.inspector.failures.push(new SourceRejected(code, 'at fault'));
      await stage.runJobs('probe-source');
      expect(await stage.standing(videoId)).toEqual(['FAILED', code]);
      expect(stage.inspector.looks).toBe(1);
      expect(await lettersOf(videoId)).toEqual([{ reason: code }]);
      await expect(retryVideo(stage.as(ownerId), { videoId })).rejects.toMatchObject({
        code: 'source_unavailable',
      });
    },
  );

  test.each([
    ['a playlist', '#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/\n', 'SOURCE_NOT_VIDEO'],
    ['Matroska, which phones may not send', '\x1a\x45\xdf\xa3matroska', 'SOURCE_FORMAT_FORBIDDEN'],
  ])('%s named .mp4, and no FFmpeg opens it', async (_, head, code) => {
    const upload = await stage.opened(undefined, 1000);
    const { url } = await stage
      .system()
      .storage.sources.presignPart(upload.key, upload.uploadId, 1, { urlTtlSeconds: 60 });
    const bytes = Buffer.alloc(1000);
    bytes.write(head, 'latin1');
    await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
    await completeUpload(stage.as(upload.ownerId), upload);
    await stage.runJobs('probe-source');
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', code]);
    expect(stage.inspector.looks).toBe(0);
  });

  test('a source that somebody put in its place', async () => {
    const { videoId, key } = await stage.uploaded();
    await stage.system().storage.sources.put(key, 'other bytes', { contentType: 'video/mp4' });
    await stage.runJobs('probe-source');
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'SOURCE_CHANGED']);
  });

  test('a source that is gone; a retry does not pretend', async () => {
    const { videoId, key, ownerId } = await stage.uploaded();
    await stage.system().storage.sources.deleteMany([key]);
    await stage.runJobs('probe-source');
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'SOURCE_MISSING']);
    await expect(retryVideo(stage.as(ownerId), { videoId })).rejects.toMatchObject({
      code: 'source_unavailable',
    });
  });
});

test('a worker that is told to stop in the middle leaves the look to the next one', async () => {
  const { videoId } = await stage.uploaded();
  const stop = new AbortController();
  stage.gates.sources.get = () => {
    stop.abort();
    throw new StorageError('unavailable', 'aborted');
  };
  await expect(stage.runJobs('probe-source', stop.signal)).rejects.toThrow();
  expect(await stage.standing(videoId)).toEqual(['UPLOADED', null]);
  expect(await lettersOf(videoId)).toEqual([]);
});

test('a source without a poster plays as well', async () => {
  stage.gates.media.put = (key) => {
    if (key.endsWith('poster.jpg')) throw new StorageError('unavailable', 'not this one');
  };
  const { videoId } = await stage.ready();
  expect(await stage.row('videos', videoId)).toMatchObject({ status: 'READY', poster_key: null });
});

test('retry is for FAILED alone', async () => {
  const ready = await stage.ready();
  await expect(retryVideo(stage.as(ready.ownerId), ready)).rejects.toMatchObject({
    code: 'illegal_transition',
  });
  const draft = await stage.draft();
  await expect(retryVideo(stage.as(draft.ownerId), draft)).rejects.toMatchObject({
    code: 'illegal_transition',
  });
});
