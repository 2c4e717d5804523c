import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { checkSession } from '#domain/upload/check-session.ts';
import { checkSessions } from '#domain/upload/check-sessions.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { signSinglePut } from '#domain/upload/open-single-put.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { type OpenedUpload, useStage } from '../stage.ts';
import { openedPut, putFile, sentPut } from './single-put-steps.ts';

const stage = useStage();
afterEach(async () => {
  stage.reset();
  await stage.sql("update upload_sessions set status = 'IN_PROGRESS' where status = 'INITIATED'");
  await stage.sql("update upload_sessions set status = 'FAILED' where status in ('IN_PROGRESS', 'PAUSED')");
});

const secondsUntilCheck = async (sessionId: string) => {
  const { next_check_at: at } = await stage.row<{ next_check_at: string }>('upload_sessions', sessionId);
  return (new Date(at).getTime() - stage.now().getTime()) / 1000;
};

/** As the TUS server keeps it: whole objects at the session's own key, by nobody's multipart upload that we know. */
async function tusUpload(): Promise<OpenedUpload> {
  const opened = await stage.opened(undefined, 1000);
  await stage.sql("update upload_sessions set provider = 'TUS', provider_upload_id = '' where id = ?", [
    opened.sessionId,
  ]);
  return opened;
}

describe('storage says that something arrived', () => {
  test('for a file that is there now: it is completed', async () => {
    const sent = await sentPut(stage);
    await checkSession(stage.system(), sent);
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
  });

  test('for one that is not, not yet or not whole: nothing changes', async () => {
    const put = await openedPut(stage, { sizeBytes: 1000 });
    await checkSession(stage.system(), put);
    await stage.system().storage.sources.put(put.stagingKey, randomBytes(999), { contentType: 'video/mp4' });
    await checkSession(stage.system(), put);
    expect(await stage.standing(put.videoId)).toEqual(['UPLOADING', null]);
    await checkSession(stage.system(), { sessionId: '0198f6a2-6a2e-7a41-9c1e-0d5f5e2b7a10' });
  });

  test('for an upload that was canceled: what arrived goes, and revives nothing', async () => {
    const put = await openedPut(stage);
    await cancelUpload(stage.as(put.ownerId), put);
    await putFile(put.url);
    await checkSession(stage.system(), put);
    expect(await stage.keys('sources', `staging/${put.videoId}/`)).toEqual([]);
    expect(await stage.standing(put.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
  });

  test('for one that is complete: what arrived late goes, the source stays', async () => {
    const sent = await sentPut(stage);
    await completeUpload(stage.as(sent.ownerId), sent);
    await putFile(sent.url);
    await checkSession(stage.system(), sent);
    expect(await stage.keys('sources', `staging/${sent.videoId}/`)).toEqual([]);
    expect(await stage.keys('sources', `uploads/${sent.videoId}/`)).toEqual([sent.fileKey]);
  });

  test('and does not answer when asked: the sweeper asks next', async () => {
    const sent = await sentPut(stage);
    stage.gates.sources.head = () => {
      throw new StorageError('unavailable', 'not now');
    };
    await checkSession(stage.system(), sent);
    expect(await secondsUntilCheck(sent.sessionId)).toBeLessThan(1);
    delete stage.gates.sources.head;
    await checkSessions(stage.system());
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
  });
});

describe('where storage says nothing', () => {
  test('a file that was PUT is completed within two minutes of its last signature', async () => {
    const sent = await sentPut(stage);
    stage.passSeconds(60);
    await signSinglePut(stage.as(sent.ownerId), sent);
    stage.passSeconds(55);
    await checkSessions(stage.system());
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADING', null]);
    stage.passSeconds(6);
    await checkSessions(stage.system());
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
  });

  test('a slow one within two minutes of its arrival, for the first ten', async () => {
    const put = await openedPut(stage);
    for (let minute = 1; minute <= 8; minute += 1) {
      stage.passSeconds(61);
      await checkSessions(stage.system());
      // The reconciler comes once a minute: what falls due now may be looked at a minute later.
      expect(await secondsUntilCheck(put.sessionId)).toBeLessThan(61);
    }
    await putFile(put.url);
    stage.passSeconds(61);
    await checkSessions(stage.system());
    expect(await stage.standing(put.videoId)).toEqual(['UPLOADED', null]);
  });

  test('one that never comes is asked for less and less often, at most every six hours', async () => {
    const put = await openedPut(stage);
    const waits: number[] = [];
    for (let check = 0; check < 18; check += 1) {
      stage.passSeconds((await secondsUntilCheck(put.sessionId)) + 1);
      await checkSessions(stage.system());
      waits.push(Math.round(await secondsUntilCheck(put.sessionId)));
    }
    expect(waits.slice(0, 9)).toEqual(Array(9).fill(60));
    for (const [index, wait] of waits.slice(9, 15).entries()) {
      const expected = 600 * 2 ** index;
      expect(Math.abs(wait - Math.min(6 * 3600, expected)) / expected).toBeLessThan(0.1);
    }
    expect(waits.slice(-2)).toEqual([6 * 3600, 6 * 3600]);
  });

  test('an upload in parts of unknown size is never completed behind its client', async () => {
    const upload = await stage.opened();
    await stage.sql('update upload_sessions set size_bytes = null where id = ?', [upload.sessionId]);
    await signParts(stage.as(upload.ownerId), { sessionId: upload.sessionId, partNumbers: [1] });
    await stage.smuggle(upload, 1, 1000);
    stage.gates.sources.listParts = () => {
      throw new Error('storage was asked');
    };
    stage.passSeconds(3600);
    await checkSessions(stage.system());
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADING', null]);
    delete stage.gates.sources.listParts;
    expect(await completeUpload(stage.as(upload.ownerId), upload)).toMatchObject({ outcome: 'completed' });
  });

  test('a TUS upload is completed once its object has the announced size', async () => {
    const [whole, short] = [await tusUpload(), await tusUpload()];
    const { sources } = stage.system().storage;
    await sources.put(whole.key, randomBytes(1000), { contentType: 'video/mp4' });
    await sources.put(short.key, randomBytes(999), { contentType: 'video/mp4' });
    await stage.sql(
      'update upload_sessions set next_check_at = now() - make_interval(secs => 1) where id in (?, ?)',
      [whole.sessionId, short.sessionId],
    );
    await checkSessions(stage.system());
    expect(await stage.standing(whole.videoId)).toEqual(['UPLOADED', null]);
    expect(await stage.standing(short.videoId)).toEqual(['UPLOADING', null]);
    await expect(completeUpload(stage.as(short.ownerId), short)).rejects.toMatchObject({
      code: 'parts_mismatch',
    });
    expect(await stage.standing(short.videoId)).toEqual(['FAILED', 'UPLOAD_MISMATCH']);
  });

  test('a TUS upload that nobody finished has parts missing', async () => {
    const upload = await tusUpload();
    await expect(completeUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
      code: 'parts_missing',
    });
  });

  test('a file that is whole wins over its expiry, one that never came ends', async () => {
    const [sent, never] = [await sentPut(stage), await openedPut(stage)];
    stage.passSeconds(8 * 86_400);
    await checkSessions(stage.system());
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
    expect(await stage.standing(never.videoId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
  });
});
