import { afterEach, describe, expect, test } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import type { CompletionView } from '#domain/upload/upload-view.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type OpenedUpload, useStage } from '../stage.ts';
import { gate } from './gate.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** Ends the claim as time would: the claimer is taken for dead. */
const claimExpires = ({ sessionId }: OpenedUpload) =>
  stage.sql("update upload_sessions set completing_until = now() - interval '1 second' where id = ?", [
    sessionId,
  ]);

/** A completion that stands before storage, after its claim was committed. */
async function inWindow(upload: OpenedUpload) {
  const window = gate();
  stage.gates.sources.completeMultipart = window.pass;
  const completing: Promise<CompletionView | Error> = completeUpload(stage.as(upload.ownerId), upload).catch(
    (error: Error) => error,
  );
  await window.reached;
  delete stage.gates.sources.completeMultipart;
  return {
    end() {
      window.open();
      return completing;
    },
  };
}

describe('while an upload is being completed', () => {
  test('no part is signed, and neither pause nor cancel nor another file gets in between', async () => {
    const upload = await stage.sent();
    const as = () => stage.as(upload.ownerId);
    const window = await inWindow(upload);
    const other = { videoId: upload.videoId, sourceMime: 'video/mp4', sourceSizeBytes: 77 };
    for (const verb of [
      () => signParts(as(), { sessionId: upload.sessionId, partNumbers: [1] }),
      () => pauseUpload(as(), upload),
      () => cancelUpload(as(), upload),
      () => startUpload(as(), other),
    ])
      await expect(verb()).rejects.toMatchObject({ code: 'completing' });
    expect(await window.end()).toMatchObject({ outcome: 'completed' });
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  });

  test('a second complete is told so and does nothing', async () => {
    const upload = await stage.sent();
    const window = await inWindow(upload);
    expect(await completeUpload(stage.as(upload.ownerId), upload)).toMatchObject({ outcome: 'completing' });
    await window.end();
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
  });

  test('its status can be asked for', async () => {
    const upload = await stage.sent();
    const window = await inWindow(upload);
    expect(await getUpload(stage.as(upload.ownerId), upload)).toMatchObject({ status: 'IN_PROGRESS' });
    await window.end();
    expect(await getUpload(stage.as(upload.ownerId), upload)).toMatchObject({
      status: 'COMPLETED',
      stored: '1',
    });
  });

  test('a delete leaves a tombstone, and the claimer takes its object away again', async () => {
    const upload = await stage.sent();
    const window = await inWindow(upload);
    await deleteVideo(stage.as(upload.ownerId), upload);
    // The purge comes first and finds nothing to delete yet: the object lands after it.
    await stage.runJobs('purge-video');
    await stage.sql('update upload_sessions set stored_parts = null where id = ?', [upload.sessionId]);
    expect(await window.end()).toMatchObject({ name: 'DomainError' });
    await stage.runJobs('clean-session');
    expect(await stage.keys('sources', `uploads/${upload.videoId}/`)).toEqual([]);
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(0);
  });

  test('an object that lands after the purge of its video is taken away', async () => {
    const upload = await stage.sent();
    const joined = gate();
    stage.gates.sources.completeMultipartAfter = joined.pass;
    const completing = completeUpload(stage.as(upload.ownerId), upload).catch((error: Error) => error);
    await joined.reached;
    expect(await stage.keys('sources', `uploads/${upload.videoId}/`)).toEqual([upload.key]);
    await deleteVideo(stage.as(upload.ownerId), upload);
    joined.open();
    expect(await completing).toMatchObject({ code: 'upload_not_found' });
    expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({ status: 'CANCELED' });
    await stage.runJobs('clean-session');
    expect(await stage.keys('sources', `uploads/${upload.videoId}/`)).toEqual([]);
  });
});

describe('a completer that crashes', () => {
  test('before storage joined the parts: the reconciler completes', async () => {
    const upload = await stage.sent();
    await inWindow(upload);
    await claimExpires(upload);
    await reconcile(stage.system());
    await stage.runJobs('complete-upload');
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  });

  test('after storage joined the parts: the object that stands is accepted, once', async () => {
    const upload = await stage.sent();
    const { sources } = stage.system().storage;
    const window = await inWindow(upload);
    await sources.completeMultipart(
      upload.key,
      upload.uploadId,
      await sources.listParts(upload.key, upload.uploadId),
    );
    await claimExpires(upload);
    await Promise.all([reconcile(stage.system()), reconcile(stage.system())]);
    await stage.runJobs('complete-upload');
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
    // The one that was taken for dead wakes up.
    await window.end();
    expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({ status: 'COMPLETED' });
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
  });

  test('and wakes while another one completes: it accepts nothing', async () => {
    const upload = await stage.sent();
    const first = await inWindow(upload);
    await claimExpires(upload);
    const second = await inWindow(upload);
    expect(await first.end()).toMatchObject({ code: 'completing' });
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADING', null]);
    expect(await second.end()).toMatchObject({ outcome: 'completed' });
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
  });

  test('with the session running out meanwhile: the object that stands wins', async () => {
    const upload = await stage.sent();
    const { sources } = stage.system().storage;
    await inWindow(upload);
    await sources.completeMultipart(
      upload.key,
      upload.uploadId,
      await sources.listParts(upload.key, upload.uploadId),
    );
    await stage.sql(
      `update upload_sessions set completing_until = now() - interval '1 hour', expires_at = now() - interval '1 minute'
       where id = ?`,
      [upload.sessionId],
    );
    await reconcile(stage.system());
    await stage.runJobs('complete-upload');
    await reconcile(stage.system());
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  });

  test('with the client canceling after its claim ran out: the object does not revive the session', async () => {
    const upload = await stage.sent();
    const window = await inWindow(upload);
    await claimExpires(upload);
    await cancelUpload(stage.as(upload.ownerId), upload);
    expect(await window.end()).toBeInstanceOf(Error);
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
    await stage.runJobs('clean-session');
    expect(await stage.keys('sources', `uploads/${upload.videoId}/`)).toEqual([]);
  });
});

test('a claim is renewed for as long as storage works', async () => {
  stage.tune({ completionLeaseSeconds: 0.6 });
  const upload = await stage.sent();
  const window = await inWindow(upload);
  const claim = () => stage.row<{ completing_until: Date | null }>('upload_sessions', upload.sessionId);
  const first = new Date((await claim()).completing_until ?? 0);
  await waitFor(
    'the claim to be renewed',
    async () => new Date((await claim()).completing_until ?? 0) > first,
  );
  await window.end();
  expect(await claim()).toMatchObject({ completing_until: null, status: 'COMPLETED' });
});

test('storage that takes long is answered with completing, and the upload still completes', async () => {
  stage.tune({ completionAnswerSeconds: 0 });
  const upload = await stage.sent();
  const joining = gate();
  stage.gates.sources.completeMultipart = joining.pass;
  expect(await completeUpload(stage.as(upload.ownerId), upload)).toMatchObject({ outcome: 'completing' });
  joining.open();
  await waitFor('the completion', async () => (await stage.standing(upload.videoId))[0] === 'UPLOADED');
});

test('a refusal gives the claim back at once', async () => {
  const upload = await stage.opened();
  await expect(completeUpload(stage.as(upload.ownerId), upload)).rejects.toMatchObject({
    code: 'parts_missing',
  });
  expect(await pauseUpload(stage.as(upload.ownerId), upload)).toMatchObject({ status: 'PAUSED' });
});
