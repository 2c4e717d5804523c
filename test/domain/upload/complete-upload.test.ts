import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { receiveUploadEvent } from '#domain/upload/receive-upload-event.ts';
import { resumeUpload } from '#domain/upload/resume-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { FILE_SIZE_BYTES, useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const PART_BYTES = 8 * 1024 ** 2;

describe('a whole upload', () => {
  test('becomes the source as storage has it, and has its probe queued', async () => {
    const upload = await stage.sent(undefined, FILE_SIZE_BYTES);
    const view = await completeUpload(stage.as(upload.ownerId), upload);
    expect(view).toMatchObject({
      outcome: 'completed',
      upload: { status: 'COMPLETED', bytesUploaded: FILE_SIZE_BYTES, stored: '1-2' },
    });
    const object = await stage.system().storage.sources.head(upload.key);
    expect(await stage.row('videos', upload.videoId)).toMatchObject({
      status: 'UPLOADED',
      source_file_key: upload.key,
      source_etag: object.etag,
      source_size_bytes: String(FILE_SIZE_BYTES),
    });
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toMatchObject([
      { payload: { sourceKey: upload.key, tryNumber: 1 } },
    ]);
  });

  test('is completed by its ETags too, with or without quotes', async () => {
    const upload = await stage.opened(undefined, FILE_SIZE_BYTES);
    const [first = '', second = ''] = await stage.sendParts(upload, [1, 2]);
    const parts = [
      { partNumber: 2, etag: second.replaceAll('"', '') },
      { partNumber: 1, etag: first },
    ];
    const { sessionId } = upload;
    expect(await completeUpload(stage.as(upload.ownerId), { sessionId, parts })).toMatchObject({
      outcome: 'completed',
    });
  });

  test('answers the same the second time, and nothing is queued twice', async () => {
    const upload = await stage.uploaded();
    const again = await completeUpload(stage.as(upload.ownerId), upload);
    expect(again).toMatchObject({
      outcome: 'completed',
      upload: { status: 'COMPLETED', bytesUploaded: 1000 },
    });
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
  });

  test('completed by many at once is completed once', async () => {
    const upload = await stage.sent();
    const views = await Promise.all(
      Array.from({ length: 6 }, () => completeUpload(stage.as(upload.ownerId), upload)),
    );
    expect(views.filter(({ outcome }) => outcome === 'completed').length).toBeGreaterThan(0);
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
    await stage.runJobs('probe-source');
    expect(await stage.attempts(upload.videoId)).toHaveLength(1);
  });
});

describe('an upload that is not whole is refused and stays open', () => {
  test('with parts missing: they are named, and once sent it completes', async () => {
    const upload = await stage.opened();
    await stage.sendParts(upload, [2]);
    const complete = () => completeUpload(stage.as(upload.ownerId), upload);
    await expect(complete()).rejects.toMatchObject({ code: 'parts_missing', members: { missing: '1' } });
    await stage.sendParts(upload, [1]);
    expect(await complete()).toMatchObject({ outcome: 'completed' });
  });

  test('with nothing sent', async () => {
    const upload = await stage.opened();
    const complete = completeUpload(stage.as(upload.ownerId), upload);
    await expect(complete).rejects.toMatchObject({ code: 'parts_missing', members: { missing: '1-2' } });
    expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({
      status: 'INITIATED',
      completing_until: null,
      completing_token: null,
    });
  });

  test('with a part that is short', async () => {
    const upload = await stage.opened();
    await stage.sendParts(upload, [1]);
    await stage.smuggle(upload, 2, 999);
    const complete = () => completeUpload(stage.as(upload.ownerId), upload);
    await expect(complete()).rejects.toMatchObject({ code: 'parts_missing', members: { missing: '2' } });
    await stage.sendParts(upload, [2]);
    expect(await complete()).toMatchObject({ outcome: 'completed' });
  });

  test('with parts that only add up to the size', async () => {
    const upload = await stage.opened();
    await stage.smuggle(upload, 1, PART_BYTES - 7);
    await stage.smuggle(upload, 2, 1007);
    await expect(completeUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
      code: 'parts_missing',
      members: { missing: '1-2' },
    });
  });

  test('with a part too many', async () => {
    const upload = await stage.sent();
    await stage.smuggle(upload, 2, 10);
    await expect(completeUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
      code: 'parts_mismatch',
      members: { mismatched: '2' },
    });
  });

  test("with other bytes than the client's ETag says", async () => {
    const upload = await stage.sent();
    const parts = [{ partNumber: 1, etag: '"0123456789abcdef0123456789abcdef"' }];
    const { sessionId } = upload;
    await expect(completeUpload(stage.as(upload.ownerId), { sessionId, parts })).rejects.toMatchObject({
      code: 'parts_mismatch',
      members: { mismatched: '1' },
    });
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADING', null]);
  });

  test('a URL that was signed takes exactly the length it was signed for', async () => {
    const upload = await stage.opened();
    const [part] = await signParts(stage.as(upload.ownerId), {
      sessionId: upload.sessionId,
      partNumbers: [2],
    });
    const response = await fetch(part?.url ?? '', { method: 'PUT', body: new Uint8Array(999) });
    expect(response.ok).toBe(false);
    expect(await getUpload(stage.as(upload.ownerId), upload)).toMatchObject({ stored: '' });
  });
});

describe('an upload that never said how much it will send', () => {
  async function unsized() {
    const upload = await stage.opened();
    await stage.sql('update upload_sessions set size_bytes = null where id = ?', [upload.sessionId]);
    return upload;
  }
  const complete = (upload: { ownerId: string; sessionId: string }) =>
    completeUpload(stage.as(upload.ownerId), upload);
  const limitedTo = (maxSizeBytes: number) => {
    const { policies } = stage.system().settings;
    return { ...policies, mobile: { ...policies.mobile, maxSizeBytes } };
  };

  test('is whole when its parts fit each other', async () => {
    const upload = await unsized();
    await stage.smuggle(upload, 1, PART_BYTES);
    await stage.smuggle(upload, 2, 77);
    expect(await complete(upload)).toMatchObject({ upload: { bytesUploaded: PART_BYTES + 77 } });
    expect(await stage.row('videos', upload.videoId)).toMatchObject({
      source_size_bytes: String(PART_BYTES + 77),
    });
  });

  test('is not whole with a gap, or before anything came', async () => {
    const upload = await unsized();
    await expect(complete(upload)).rejects.toMatchObject({
      code: 'parts_missing',
      members: { missing: '1' },
    });
    await stage.smuggle(upload, 2, 77);
    await expect(complete(upload)).rejects.toMatchObject({
      code: 'parts_missing',
      members: { missing: '1' },
    });
  });

  test('ends when it is larger than its policy allows, before storage joins it', async () => {
    const [large, fits] = [await unsized(), await unsized()];
    await stage.smuggle(large, 1, 1001);
    await stage.smuggle(fits, 1, 1000);
    stage.tune({ policies: limitedTo(1000) });
    expect(await complete(fits)).toMatchObject({ outcome: 'completed' });
    stage.gates.sources.completeMultipart = () => {
      throw new Error('it was joined');
    };
    await expect(complete(large)).rejects.toMatchObject({ code: 'file_too_large' });
    expect(await stage.standing(large.videoId)).toEqual(['FAILED', 'UPLOAD_TOO_LARGE']);
    await stage.runJobs('clean-session');
    await expect(stage.system().storage.sources.listParts(large.key, large.uploadId)).rejects.toMatchObject({
      code: 'multipart_not_found',
    });
  });

  test('ends when all that came is nothing', async () => {
    const upload = await unsized();
    await stage.smuggle(upload, 1, 0);
    await expect(complete(upload)).rejects.toMatchObject({ code: 'empty_file' });
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'SOURCE_EMPTY']);
  });
});

test('an HLS set is queued for its own job, and not taken as a source', async () => {
  const upload = await stage.opened(undefined, 1000);
  await stage.sql(
    `update upload_sessions set provider = 'S3_SET', staging_key = 'x', provider_upload_id = '',
       set_files = '[{"path":"master.m3u8","contentType":"application/vnd.apple.mpegurl","sizeBytes":null}]'
     where id = ?`,
    [upload.sessionId],
  );
  const { sessionId } = upload;
  for (let time = 0; time < 2; time += 1)
    expect(await completeUpload(stage.as(upload.ownerId), { sessionId })).toMatchObject({
      outcome: 'completing',
    });
  expect(await stage.queue('publish-set', { sessionId })).toHaveLength(1);
  expect(await stage.standing(upload.videoId)).toEqual(['UPLOADING', null]);
});

describe('whose it is', () => {
  test('nobody else sees, signs, pauses, completes or cancels it', async () => {
    const upload = await stage.sent();
    const stranger = stage.as('00000000-0000-4000-8000-000000000001');
    const { sessionId } = upload;
    const verbs = [
      () => getUpload(stranger, { sessionId }),
      () => signParts(stranger, { sessionId, partNumbers: [1] }),
      () => pauseUpload(stranger, { sessionId }),
      () => resumeUpload(stranger, { sessionId }),
      () => completeUpload(stranger, { sessionId }),
      () => cancelUpload(stranger, { sessionId }),
    ];
    for (const verb of verbs) await expect(verb()).rejects.toMatchObject({ code: 'upload_not_found' });
    expect(await stage.row('upload_sessions', sessionId)).toMatchObject({ status: 'IN_PROGRESS' });
  });

  test('a message that names the session of another video is refused', async () => {
    const [mine, other] = [await stage.sent(), await stage.draft()];
    const event = { uploadSessionId: mine.sessionId, videoId: other.videoId };
    await expect(receiveUploadEvent(stage.system(), event)).rejects.toMatchObject({
      code: 'video_not_found',
    });
  });
});

test.each([[[0]], [[3]], [[1, 3]], [[-1]], [[1.5]], [[Number.NaN]]])(
  'parts %j are not signed',
  async (partNumbers) => {
    const upload = await stage.opened();
    const signed = signParts(stage.as(upload.ownerId), { sessionId: upload.sessionId, partNumbers });
    await expect(signed).rejects.toMatchObject({ code: 'part_out_of_range' });
    expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({ status: 'INITIATED' });
  },
);

test('what storage has is asked at most once in five seconds, and by completion always afresh', async () => {
  const upload = await stage.opened();
  let listings = 0;
  stage.gates.sources.listParts = () => {
    listings += 1;
  };
  const ask = () => getUpload(stage.as(upload.ownerId), upload);
  await stage.sendParts(upload, [1]);
  expect(await ask()).toMatchObject({ stored: '1', bytesUploaded: PART_BYTES });
  await stage.sendParts(upload, [2]);
  expect(await ask()).toMatchObject({ stored: '1' });
  expect(listings).toBe(1);
  stage.passSeconds(6);
  expect(await ask()).toMatchObject({ stored: '1-2', bytesUploaded: FILE_SIZE_BYTES });
  expect(listings).toBe(2);
  await ask();
  expect(await completeUpload(stage.as(upload.ownerId), upload)).toMatchObject({ outcome: 'completed' });
  expect(listings).toBe(3);
});
