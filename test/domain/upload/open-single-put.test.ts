import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { openSinglePut, signSinglePut } from '#domain/upload/open-single-put.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { useStage } from '../stage.ts';
import { openedPut, putFile } from './single-put-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

const FILE = {
  title: 'Tour',
  fileName: 'tour.mp4',
  contentType: 'video/mp4',
  createdVia: 'direct',
} as const;

describe('a single PUT', () => {
  test('is a video in UPLOADING, a session, and a URL that stores the file under its staging key', async () => {
    const { videoId, sessionId, stagingKey, fileKey, url } = await openedPut(stage);
    expect(await stage.standing(videoId)).toEqual(['UPLOADING', null]);
    expect(await stage.row('upload_sessions', sessionId)).toMatchObject({
      provider: 'S3_PUT',
      status: 'IN_PROGRESS',
      provider_upload_id: '',
      size_bytes: null,
      file_name: 'tour.mp4',
      policy: 'learning',
    });
    expect(stagingKey).toBe(`staging/${videoId}/${sessionId}/source.mp4`);
    expect(fileKey).toBe(`uploads/${videoId}/${sessionId}/source.mp4`);
    expect(await putFile(url)).toBe(200);
    expect(await stage.keys('sources', `staging/${videoId}/`)).toEqual([stagingKey]);
  });

  test('asks storage nothing when it is opened', async () => {
    const calls: string[] = [];
    for (const name of ['head', 'createMultipart', 'put', 'get'] as const)
      stage.gates.sources[name] = () => void calls.push(name);
    await openedPut(stage);
    expect(calls).toEqual([]);
  });

  test('takes the type that the client named, as it spelt it, and no other', async () => {
    const { url } = await openedPut(stage, { contentType: 'Video/AVI; x=1', fileName: 'tour.avi' });
    expect(await putFile(url, undefined, 'video/x-msvideo')).toBe(403);
    expect(await putFile(url, undefined, 'Video/AVI; x=1')).toBe(200);
  });

  test('takes any type where the client named none, and its key ends as the file name says', async () => {
    const { url, stagingKey } = await openedPut(stage, {
      contentType: null,
      fileName: 'Holiday.MKV',
      createdVia: 'admin',
    });
    expect(stagingKey).toMatch(/\/source\.mkv$/);
    expect(await putFile(url, undefined, 'application/x-matroska')).toBe(200);
    expect(await putFile(url, undefined, null)).toBe(200);
  });

  test('takes the size that the client named, and no other', async () => {
    const { url } = await openedPut(stage, { sizeBytes: 100 });
    expect(await putFile(url, new Uint8Array(101))).toBe(403);
    expect(await putFile(url, new Uint8Array(100))).toBe(200);
  });

  test('lives as long as its contract says', async () => {
    for (const [createdVia, seconds] of [
      ['direct', 900],
      ['learning', 3600],
      ['admin', 12 * 3600],
    ] as const) {
      const { url } = await openedPut(stage, { createdVia });
      expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe(String(seconds));
    }
  });

  test.each([
    [{ contentType: 'text/html' }, 'unsupported_format', 'contentType'],
    [{ contentType: null, fileName: 'notes.txt' }, 'unsupported_format', 'contentType'],
    [{ sizeBytes: 0 }, 'empty_file', 'size'],
    [{ sizeBytes: 5 * 1024 ** 3 + 1 }, 'file_too_large', 'size'],
  ])('%j is refused, the member is named, and nothing is left', async (change, code, field) => {
    const ownerId = randomUUID();
    const fields = { type: 'contentType', size: 'size' };
    const opening = openSinglePut(stage.as(ownerId), { ...FILE, fields, ...change });
    await expect(opening).rejects.toMatchObject({ code, fields: [{ field }] });
    expect(await stage.sql('select id from videos where owner_id = ?', [ownerId])).toEqual([]);
  });

  test('is opened by an owner only', async () => {
    await expect(openSinglePut(stage.system(), FILE)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('counts against the hour of its owner: the eleventh is refused and leaves nothing', async () => {
    const ownerId = randomUUID();
    for (let n = 0; n < 10; n += 1) await openSinglePut(stage.as(ownerId), FILE);
    await expect(openSinglePut(stage.as(ownerId), FILE)).rejects.toMatchObject({ code: 'rate_limited' });
    await openSinglePut(stage.as(ownerId), { ...FILE, createdVia: 'learning' });
    expect(await stage.sql('select id from videos where owner_id = ?', [ownerId])).toHaveLength(11);
    stage.passSeconds(3601);
    await openSinglePut(stage.as(ownerId), FILE);
  });
});

describe('signing again', () => {
  test('answers the same key, and the session lives longer', async () => {
    const opened = await openedPut(stage, { contentType: 'video/quicktime', fileName: 'a.mov' });
    const before = await stage.row<{ expires_at: string }>('upload_sessions', opened.sessionId);
    stage.passSeconds(7200);
    const again = await signSinglePut(stage.as(opened.ownerId), opened);
    expect(again).toMatchObject({
      sessionId: opened.sessionId,
      storageKey: opened.stagingKey,
      contentType: 'video/quicktime',
      video: { id: opened.videoId, status: 'UPLOADING' },
    });
    const after = await stage.row<{ expires_at: string; next_check_at: string }>(
      'upload_sessions',
      opened.sessionId,
    );
    expect(new Date(after.expires_at) > new Date(before.expires_at)).toBe(true);
    expect(new Date(after.next_check_at).getTime() - stage.now().getTime()).toBeGreaterThan(50_000);
    expect(await putFile(again.signed.url, undefined, 'video/quicktime')).toBe(200);
  });

  test('ends with the longest life that a session may have', async () => {
    stage.tune({ sessionTtlSeconds: 7 * 86_400, sessionMaxSeconds: 8 * 86_400 });
    const opened = await openedPut(stage);
    stage.passSeconds(6 * 86_400);
    await signSinglePut(stage.as(opened.ownerId), opened);
    stage.passSeconds(3 * 86_400);
    await expect(signSinglePut(stage.as(opened.ownerId), opened)).rejects.toMatchObject({
      code: 'upload_expired',
    });
  });

  test('is refused to strangers, and for sessions that are paused, over, deleted or sent in parts', async () => {
    const opened = await openedPut(stage);
    await expect(signSinglePut(stage.as(randomUUID()), opened)).rejects.toMatchObject({
      code: 'upload_not_found',
    });
    await pauseUpload(stage.as(opened.ownerId), opened);
    await expect(signSinglePut(stage.as(opened.ownerId), opened)).rejects.toMatchObject({
      code: 'upload_paused',
    });
    await cancelUpload(stage.as(opened.ownerId), opened);
    await expect(signSinglePut(stage.as(opened.ownerId), opened)).rejects.toMatchObject({
      code: 'upload_closed',
    });
    await deleteVideo(stage.as(opened.ownerId), opened);
    await expect(signSinglePut(stage.as(opened.ownerId), opened)).rejects.toMatchObject({
      code: 'upload_not_found',
    });
    const parts = await stage.opened();
    await expect(signSinglePut(stage.as(parts.ownerId), parts)).rejects.toMatchObject({
      code: 'upload_not_found',
    });
  });

  test('is refused while somebody completes', async () => {
    const opened = await openedPut(stage);
    await stage.sql(
      "update upload_sessions set completing_until = now() + interval '1 minute' where id = ?",
      [opened.sessionId],
    );
    await expect(signSinglePut(stage.as(opened.ownerId), opened)).rejects.toMatchObject({
      code: 'completing',
    });
  });
});
