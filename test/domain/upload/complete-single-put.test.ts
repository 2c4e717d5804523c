import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { checkSession } from '#domain/upload/check-session.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { resumeCompletion } from '#domain/upload/resume-completion.ts';
import type { UploadPolicies } from '#domain/upload/upload-policies.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { useStage } from '../stage.ts';
import { gate } from './gate.ts';
import { type OpenedPut, openedPut, PUT_SIZE_BYTES, putFile, sentPut } from './single-put-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

const bytes = (sizeBytes = PUT_SIZE_BYTES) => new Uint8Array(randomBytes(sizeBytes));
const complete = (put: OpenedPut) => completeUpload(stage.as(put.ownerId), put);
const sourceOf = async ({ fileKey }: OpenedPut) =>
  new Uint8Array(await buffer((await stage.system().storage.sources.get(fileKey)).body));
const keysOf = async ({ videoId }: OpenedPut) => [
  ...(await stage.keys('sources', `staging/${videoId}/`)),
  ...(await stage.keys('sources', `uploads/${videoId}/`)),
];
const limitedTo = (maxSizeBytes: number): UploadPolicies => {
  const { policies } = stage.system().settings;
  return { ...policies, learning: { ...policies.learning, maxSizeBytes } };
};
const claimExpires = ({ sessionId }: OpenedPut) =>
  stage.sql("update upload_sessions set completing_until = now() - interval '1 second' where id = ?", [
    sessionId,
  ]);

describe('a file that was PUT', () => {
  test('is copied to the key of its session and becomes the source as it was seen', async () => {
    const file = bytes();
    const sent = await sentPut(stage, {}, file);
    expect(await complete(sent)).toMatchObject({
      outcome: 'completed',
      upload: { status: 'COMPLETED', bytesUploaded: PUT_SIZE_BYTES },
    });
    const object = await stage.system().storage.sources.head(sent.fileKey);
    expect(object).toMatchObject({ contentType: 'video/mp4' });
    expect(await stage.row('videos', sent.videoId)).toMatchObject({
      status: 'UPLOADED',
      source_file_key: sent.fileKey,
      source_etag: object.etag,
      source_size_bytes: String(PUT_SIZE_BYTES),
      source_mime: 'video/mp4',
    });
    expect(await sourceOf(sent)).toEqual(file);
    expect(await stage.queue('probe-source', { videoId: sent.videoId })).toHaveLength(1);
  });

  test('leaves nothing in staging, not even what its URL writes afterwards', async () => {
    const sent = await sentPut(stage);
    await complete(sent);
    await stage.runJobs('clean-session');
    expect(await keysOf(sent)).toEqual([sent.fileKey]);
    const before = await sourceOf(sent);
    expect(await putFile(sent.url)).toBe(200);
    expect(await sourceOf(sent)).toEqual(before);
    stage.passSeconds(3600 + 120);
    await stage.runJobs('clean-session');
    expect(await keysOf(sent)).toEqual([sent.fileKey]);
    expect(await sourceOf(sent)).toEqual(before);
  });

  test('is taken at the very limit of its policy', async () => {
    stage.tune({ policies: limitedTo(1000) });
    expect(await complete(await sentPut(stage, {}, bytes(1000)))).toMatchObject({ outcome: 'completed' });
  });

  test('is taken with the ETag that its client saw, and refused with another', async () => {
    const sent = await sentPut(stage);
    const { etag } = await stage.system().storage.sources.head(sent.stagingKey);
    const withEtag = (seen: string) =>
      completeUpload(stage.as(sent.ownerId), { ...sent, parts: [{ partNumber: 1, etag: seen }] });
    await expect(withEtag('0123456789abcdef0123456789abcdef')).rejects.toMatchObject({
      code: 'parts_mismatch',
    });
    expect(await withEtag(`"${etag}"`)).toMatchObject({ outcome: 'completed' });
  });

  test('completed by many at once, and by jobs too, is completed once', async () => {
    const sent = await sentPut(stage);
    await Promise.all([
      complete(sent),
      checkSession(stage.system(), sent),
      complete(sent),
      checkSession(stage.system(), sent),
      resumeCompletion(stage.system(), sent),
    ]);
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
    expect(await stage.queue('probe-source', { videoId: sent.videoId })).toHaveLength(1);
    await stage.runJobs('probe-source');
    expect(await stage.attempts(sent.videoId)).toHaveLength(1);
  });
});

describe('a client that completes too early may go on', () => {
  test('before the file is there', async () => {
    const put = await openedPut(stage);
    await expect(complete(put)).rejects.toMatchObject({ code: 'parts_missing', members: { missing: '1' } });
    expect(await stage.row('upload_sessions', put.sessionId)).toMatchObject({
      status: 'IN_PROGRESS',
      completing_until: null,
    });
    await putFile(put.url);
    expect(await complete(put)).toMatchObject({ outcome: 'completed' });
  });

  test('while another file stands there than was announced', async () => {
    const put = await openedPut(stage, { sizeBytes: 1000 });
    const { sources } = stage.system().storage;
    await sources.put(put.stagingKey, bytes(999), { contentType: 'video/mp4' });
    await expect(complete(put)).rejects.toMatchObject({ code: 'parts_missing' });
    expect(await putFile(put.url, bytes(1000))).toBe(200);
    expect(await complete(put)).toMatchObject({ outcome: 'completed' });
  });

  test('while it is paused', async () => {
    const sent = await sentPut(stage);
    await pauseUpload(stage.as(sent.ownerId), sent);
    await expect(complete(sent)).rejects.toMatchObject({ code: 'upload_paused' });
    // Storage itself says that the file is whole: that wins.
    await checkSession(stage.system(), sent);
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
  });
});

describe('what can never be a source ends session and video, and leaves storage', () => {
  test('a file above the limit of its policy', async () => {
    stage.tune({ policies: limitedTo(1000) });
    const sent = await sentPut(stage, {}, bytes(1001));
    stage.gates.sources.copyFrom = () => {
      throw new Error('it was copied');
    };
    await expect(complete(sent)).rejects.toMatchObject({ code: 'file_too_large' });
    expect(await stage.standing(sent.videoId)).toEqual(['FAILED', 'UPLOAD_TOO_LARGE']);
    await expect(complete(sent)).rejects.toMatchObject({ code: 'upload_expired' });
    await stage.runJobs('clean-session');
    expect(await keysOf(sent)).toEqual([]);
  });

  test('an empty file', async () => {
    const sent = await sentPut(stage, {}, new Uint8Array(0));
    await expect(complete(sent)).rejects.toMatchObject({ code: 'empty_file' });
    expect(await stage.standing(sent.videoId)).toEqual(['FAILED', 'SOURCE_EMPTY']);
    await stage.runJobs('clean-session');
    expect(await keysOf(sent)).toEqual([]);
  });

  test('and its owner is told once', async () => {
    stage.tune({ policies: limitedTo(1000) });
    const sent = await sentPut(stage, {}, bytes(1001));
    await Promise.allSettled([complete(sent), checkSession(stage.system(), sent), complete(sent)]);
    const told = await stage.queue('announce-video', { videoId: sent.videoId });
    expect(told.map(({ payload }) => payload.type)).toEqual(['video.asset.errored']);
  });
});

describe('an object that is swapped after it was looked at', () => {
  /** Puts something else in its place right before the copy, so often. */
  function swapBeforeCopy(put: OpenedPut, others: Uint8Array<ArrayBuffer>[]): void {
    stage.gates.sources.copyFrom = async () => {
      const next = others.shift();
      if (next) await putFile(put.url, next);
    };
  }

  test('is looked at again: the copy is never of what nobody saw', async () => {
    const sent = await sentPut(stage);
    const swapped = bytes(777);
    swapBeforeCopy(sent, [swapped]);
    const looks: string[] = [];
    stage.gates.sources.head = (key) => void looks.push(key);
    expect(await complete(sent)).toMatchObject({ upload: { bytesUploaded: 777 } });
    expect(await sourceOf(sent)).toEqual(swapped);
    expect(looks).toEqual([sent.stagingKey, sent.stagingKey]);
  });

  test('is judged again: one that is now too large is refused', async () => {
    stage.tune({ policies: limitedTo(PUT_SIZE_BYTES) });
    const sent = await sentPut(stage);
    swapBeforeCopy(sent, [bytes(PUT_SIZE_BYTES + 1)]);
    await expect(complete(sent)).rejects.toMatchObject({ code: 'file_too_large' });
    expect(await stage.keys('sources', `uploads/${sent.videoId}/`)).toEqual([]);
  });

  test('again and again is not followed for ever', async () => {
    const sent = await sentPut(stage);
    swapBeforeCopy(sent, [bytes(1), bytes(2), bytes(3), bytes(4)]);
    await expect(complete(sent)).rejects.toMatchObject({ code: 'parts_mismatch' });
    expect(await stage.keys('sources', `uploads/${sent.videoId}/`)).toEqual([]);
    delete stage.gates.sources.copyFrom;
    expect(await complete(sent)).toMatchObject({ upload: { bytesUploaded: 3 } });
  });

  test('by a completer that was taken for dead overwrites nothing that was accepted', async () => {
    const file = bytes();
    const sent = await sentPut(stage, {}, file);
    const window = gate();
    stage.gates.sources.copyFrom = window.pass;
    const first = complete(sent).catch((error: Error) => error);
    await window.reached;
    delete stage.gates.sources.copyFrom;
    await claimExpires(sent);
    expect(await complete(sent)).toMatchObject({ outcome: 'completed' });
    await putFile(sent.url, bytes(500));
    window.open();
    expect(await first).toMatchObject({ code: 'completing' });
    expect(await sourceOf(sent)).toEqual(file);
  });
});

describe('in the middle of a completion', () => {
  test('a crash after the copy: whoever finds it accepts the same file, once', async () => {
    const sent = await sentPut(stage);
    const copied = gate();
    stage.gates.sources.copyFromAfter = copied.pass;
    const first = complete(sent).catch((error: Error) => error);
    await copied.reached;
    delete stage.gates.sources.copyFromAfter;
    await claimExpires(sent);
    await resumeCompletion(stage.system(), sent);
    expect(await stage.standing(sent.videoId)).toEqual(['UPLOADED', null]);
    copied.open();
    expect(await first).toMatchObject({ outcome: 'completed' });
    expect(await stage.queue('probe-source', { videoId: sent.videoId })).toHaveLength(1);
  });

  test('a crash after the copy, with staging cleared by somebody: the copy stands', async () => {
    const sent = await sentPut(stage);
    const { sources } = stage.system().storage;
    const { etag, sizeBytes } = await sources.head(sent.stagingKey);
    const source = { bucket: sources.bucket, key: sent.stagingKey, etag, sizeBytes };
    await sources.copyFrom(source, sent.fileKey, { contentType: 'video/mp4' });
    await sources.deleteMany([sent.stagingKey]);
    expect(await complete(sent)).toMatchObject({ outcome: 'completed' });
  });

  test('a delete: the copy goes again', async () => {
    const sent = await sentPut(stage);
    const copied = gate();
    stage.gates.sources.copyFromAfter = copied.pass;
    const completing = complete(sent).catch((error: Error) => error);
    await copied.reached;
    await deleteVideo(stage.as(sent.ownerId), sent);
    copied.open();
    expect(await completing).toMatchObject({ code: 'upload_not_found' });
    await stage.runJobs('clean-session');
    expect(await keysOf(sent)).toEqual([]);
  });

  test('a cancel after the claim ran out: the copy revives nothing and goes', async () => {
    const sent = await sentPut(stage);
    const copied = gate();
    stage.gates.sources.copyFromAfter = copied.pass;
    const completing = complete(sent).catch((error: Error) => error);
    await copied.reached;
    await claimExpires(sent);
    await cancelUpload(stage.as(sent.ownerId), sent);
    await stage.runJobs('clean-session');
    // As if the copy had taken even longer.
    await stage.system().storage.sources.put(sent.fileKey, 'late', { contentType: 'video/mp4' });
    copied.open();
    expect(await completing).toMatchObject({ code: 'upload_closed' });
    await stage.runJobs('clean-session');
    expect(await keysOf(sent)).toEqual([]);
    expect(await stage.standing(sent.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
  });
});
