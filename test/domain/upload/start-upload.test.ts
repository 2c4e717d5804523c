import { afterEach, describe, expect, test } from 'vitest';
import { hashOfToken } from '#domain/access/upload-token.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { bytesOf, put } from '../part-bytes.ts';
import { FILE_SIZE_BYTES, useStage } from '../stage.ts';
import { gate } from './gate.ts';

const stage = useStage();
afterEach(() => stage.reset());

const file = (videoId: string, sourceSizeBytes = FILE_SIZE_BYTES) => ({
  videoId,
  sourceMime: 'video/mp4',
  sourceSizeBytes,
});
const sessionsOf = (videoId: string) =>
  stage.sql<{ id: string; status: string }>('select * from upload_sessions where video_id = ? order by id', [
    videoId,
  ]);
const openMultiparts = async (videoId: string) =>
  (await Array.fromAsync(stage.system().storage.sources.listMultiparts(`uploads/${videoId}/`))).length;

test('the first session moves the video on and pins the cut of the file', async () => {
  const { ownerId, videoId } = await stage.draft();
  const { upload, created } = await startUpload(stage.as(ownerId), file(videoId));
  expect(created).toBe(true);
  expect(upload).toMatchObject({
    status: 'INITIATED',
    partCount: 2,
    partSizeBytes: 8 * 1024 ** 2,
    stored: '',
  });
  expect(await stage.standing(videoId)).toEqual(['UPLOADING', null]);
  expect(await stage.row('upload_sessions', upload.id)).toMatchObject({
    file_key: `uploads/${videoId}/${upload.id}/source.mp4`,
  });
});

describe('a second create', () => {
  test('for the same file answers the session that lives, with what storage has', async () => {
    const opened = await stage.opened();
    await stage.sendParts(opened, [1]);
    const again = await startUpload(stage.as(opened.ownerId), {
      ...file(opened.videoId),
      sourceMime: 'Video/MP4; codecs="avc1"',
    });
    expect(again).toMatchObject({ created: false, upload: { id: opened.sessionId, stored: '1' } });
    expect(await openMultiparts(opened.videoId)).toBe(1);
  });

  test('for another file takes the place of one that has sent nothing', async () => {
    const opened = await stage.opened();
    const other = await startUpload(stage.as(opened.ownerId), file(opened.videoId, 1234));
    expect(other).toMatchObject({ created: true, upload: { sizeBytes: 1234 } });
    expect((await sessionsOf(opened.videoId)).map(({ status }) => status).sort()).toEqual([
      'CANCELED',
      'INITIATED',
    ]);
    await stage.runJobs('clean-session');
    expect(await openMultiparts(opened.videoId)).toBe(1);
  });

  test('for another file is refused where parts are stored', async () => {
    const opened = await stage.opened();
    await stage.sendParts(opened, [1]);
    await expect(startUpload(stage.as(opened.ownerId), file(opened.videoId, 1234))).rejects.toMatchObject({
      code: 'upload_conflict',
      members: { uploadSessionId: opened.sessionId },
    });
    expect(await openMultiparts(opened.videoId)).toBe(1);
  });

  test('sees a part that was stored after somebody last asked', async () => {
    const opened = await stage.opened();
    expect(await getUpload(stage.as(opened.ownerId), opened)).toMatchObject({ stored: '' });
    await stage.sendParts(opened, [1]);
    await expect(startUpload(stage.as(opened.ownerId), file(opened.videoId, 1234))).rejects.toMatchObject({
      code: 'upload_conflict',
    });
  });

  test('for the same file after the first ran out opens a fresh one', async () => {
    const opened = await stage.opened();
    stage.passSeconds(8 * 24 * 3600);
    const again = await startUpload(stage.as(opened.ownerId), file(opened.videoId));
    expect(again.created).toBe(true);
    expect(again.upload.id).not.toBe(opened.sessionId);
  });

  test('at the same moment: one session stands, and storage keeps nothing of the others', async () => {
    const { ownerId, videoId } = await stage.draft();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => startUpload(stage.as(ownerId), file(videoId))),
    );
    expect(new Set(answers.map(({ upload }) => upload.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(await openMultiparts(videoId)).toBe(1);
  });

  test('of two different files at the same moment one is refused, and storage keeps nothing of it', async () => {
    const { ownerId, videoId } = await stage.draft();
    const answers = await Promise.allSettled([
      startUpload(stage.as(ownerId), file(videoId, 1000)),
      startUpload(stage.as(ownerId), file(videoId, 2000)),
    ]);
    const refused = answers.filter((answer) => answer.status === 'rejected');
    const live = (await sessionsOf(videoId)).filter(({ status }) => status === 'INITIATED');
    expect(live).toHaveLength(1);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'upload_conflict' });
    await stage.runJobs('clean-session');
    expect(await openMultiparts(videoId)).toBe(1);
  });
});

describe('what a start brings', () => {
  const numbers = (parts: readonly { partNumber: number }[]) => parts.map(({ partNumber }) => partNumber);

  test('a token for the new session only', async () => {
    const { ownerId, videoId } = await stage.draft();
    const first = await startUpload(stage.as(ownerId), file(videoId));
    expect(first.uploadToken).toMatch(/^up_[\w-]{43}$/);
    expect((await startUpload(stage.as(ownerId), file(videoId))).uploadToken).toBeNull();
    const { token_hash } = await stage.row('upload_sessions', first.upload.id);
    expect(token_hash).toBe(hashOfToken(first.uploadToken ?? ''));
  });

  test('as many signed parts as asked for, which are good, and the session is INITIATED still', async () => {
    const { ownerId, videoId } = await stage.draft();
    const input = { ...file(videoId, 200 * 1024 ** 2), signFirst: 16 };
    const { upload, parts } = await startUpload(stage.as(ownerId), input);
    expect(numbers(parts)).toEqual(Array.from({ length: 16 }, (_, n) => n + 1));
    const [part] = parts;
    await put(part?.url ?? '', bytesOf(1, part?.sizeBytes ?? 0));
    expect(await getUpload(stage.as(ownerId), { sessionId: upload.id })).toMatchObject({
      status: 'INITIATED',
      stored: '1',
    });
    const row = await stage.row<{ last_signed_at: string; next_check_at: string }>(
      'upload_sessions',
      upload.id,
    );
    expect(new Date(row.next_check_at).getTime() - new Date(row.last_signed_at).getTime()).toBe(60_000);
  });

  test('no part unless asked for, and then storage is not looked into', async () => {
    const { ownerId, videoId } = await stage.draft();
    const { upload, parts } = await startUpload(stage.as(ownerId), file(videoId));
    expect(parts).toEqual([]);
    expect(await stage.row('upload_sessions', upload.id)).toMatchObject({ next_check_at: null });
  });

  test('the parts that storage lacks, for a session that lives', async () => {
    const opened = await stage.opened();
    await stage.sendParts(opened, [1]);
    const again = await startUpload(stage.as(opened.ownerId), { ...file(opened.videoId), signFirst: 16 });
    expect(numbers(again.parts)).toEqual([2]);
  });

  test('no part of a session that is paused', async () => {
    const opened = await stage.opened();
    await pauseUpload(stage.as(opened.ownerId), opened);
    const again = await startUpload(stage.as(opened.ownerId), { ...file(opened.videoId), signFirst: 16 });
    expect(again).toMatchObject({ created: false, upload: { status: 'PAUSED' }, parts: [] });
  });

  test('parts for an upload whose size nobody knows yet, as long as the policy allows', async () => {
    const { ownerId } = await stage.draft();
    const { id: videoId } = await createVideo(stage.as(ownerId), {
      title: 'Tour',
      sourceMime: 'video/mp4',
      sourceSizeBytes: null,
      createdVia: 'mobile',
    });
    const input = { videoId, sourceMime: 'video/mp4', sourceSizeBytes: null, signFirst: 2 };
    const { upload, parts } = await startUpload(stage.as(ownerId), input);
    expect(upload).toMatchObject({ sizeBytes: null, partCount: null, partSizeBytes: 8 * 1024 ** 2 });
    expect(parts.map(({ sizeBytes }) => sizeBytes)).toEqual([null, null]);
    expect((await startUpload(stage.as(ownerId), input)).created).toBe(false);
  });
});

describe('storage keeps no orphan', () => {
  test('when the video was deleted while the multipart upload was made', async () => {
    const { ownerId, videoId } = await stage.draft();
    const making = gate();
    stage.gates.sources.createMultipart = making.pass;
    const starting = startUpload(stage.as(ownerId), file(videoId)).catch((error: Error) => error);
    await making.reached;
    await stage.sql('update videos set deleted_at = now() where id = ?', [videoId]);
    making.open();
    expect(await starting).toMatchObject({ code: 'video_not_found' });
    expect(await openMultiparts(videoId)).toBe(0);
  });

  test('when the database refuses the row', async () => {
    const { ownerId, videoId } = await stage.draft();
    await stage.sql(`create function no_session() returns trigger language plpgsql as
      $$ begin raise exception 'disk full' using errcode = '53100'; end $$`);
    await stage.sql(
      'create trigger no_session before insert on upload_sessions for each row execute function no_session()',
    );
    try {
      await expect(startUpload(stage.as(ownerId), file(videoId))).rejects.toThrow('disk full');
    } finally {
      await stage.sql('drop function no_session() cascade');
    }
    expect(await openMultiparts(videoId)).toBe(0);
    expect(await stage.standing(videoId)).toEqual(['DRAFT', null]);
  });
});

describe('where the video stands', () => {
  test('UPLOADED and TRANSCODING take no other file', async () => {
    const uploaded = await stage.uploaded();
    const probed = await stage.probed();
    for (const { ownerId, videoId } of [uploaded, probed])
      await expect(startUpload(stage.as(ownerId), file(videoId))).rejects.toMatchObject({
        code: 'illegal_transition',
      });
  });

  test('FAILED takes a new upload, and drops the reason', async () => {
    const opened = await stage.opened();
    await cancelUpload(stage.as(opened.ownerId), opened);
    expect(await stage.standing(opened.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
    expect((await startUpload(stage.as(opened.ownerId), file(opened.videoId))).created).toBe(true);
    expect(await stage.standing(opened.videoId)).toEqual(['UPLOADING', null]);
  });

  test('READY stays READY while its next source is uploaded, and when that is canceled', async () => {
    const ready = await stage.ready();
    expect(await stage.standing(ready.videoId)).toEqual(['READY', null]);
    const next = await stage.opened(ready);
    expect(await stage.standing(ready.videoId)).toEqual(['READY', null]);
    await cancelUpload(stage.as(ready.ownerId), next);
    expect(await stage.standing(ready.videoId)).toEqual(['READY', null]);
  });
});

test.each([
  [{ sourceMime: 'text/html' }, 'unsupported_format'],
  [{ sourceSizeBytes: 0 }, 'empty_file'],
  [{ sourceSizeBytes: 1.5 * 1024 ** 3 + 1 }, 'file_too_large'],
])('%j is refused before storage is asked', async (change, code) => {
  const { ownerId, videoId } = await stage.draft();
  stage.gates.sources.createMultipart = () => {
    throw new Error('storage was asked');
  };
  await expect(startUpload(stage.as(ownerId), { ...file(videoId), ...change })).rejects.toMatchObject({
    code,
  });
  expect(await stage.standing(videoId)).toEqual(['DRAFT', null]);
});
