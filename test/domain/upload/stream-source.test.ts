import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { checkSessions } from '#domain/upload/check-sessions.ts';
import { streamSource } from '#domain/upload/stream-source.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type OpenedUpload, useStage } from '../stage.ts';
import { gate } from './gate.ts';

const stage = useStage();
afterEach(() => stage.reset());

const MIB = 1024 ** 2;
const PART_BYTES = 8 * MIB;
const LIMIT_BYTES = 64 * MIB;
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** A session that does not know how much will come. */
async function unsized(): Promise<OpenedUpload> {
  const opened = await stage.opened();
  await stage.sql('update upload_sessions set size_bytes = null where id = ?', [opened.sessionId]);
  return opened;
}

async function* pieces(bytes: Uint8Array, pieceBytes = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

const stream = (
  upload: OpenedUpload,
  body: AsyncIterable<Uint8Array>,
  options: { maxSizeBytes?: number; signal?: AbortSignal } = {},
) =>
  streamSource(stage.as(upload.ownerId), {
    sessionId: upload.sessionId,
    body,
    maxSizeBytes: LIMIT_BYTES,
    ...options,
  });

/** Nothing of the upload is in storage, once its clean-up has run. */
async function isGone(upload: OpenedUpload): Promise<void> {
  await stage.runJobs('clean-session');
  const { sources } = stage.system().storage;
  await expect(sources.listParts(upload.key, upload.uploadId)).rejects.toMatchObject({
    code: 'multipart_not_found',
  });
  expect(await stage.keys('sources', `uploads/${upload.videoId}/`)).toEqual([]);
}

describe('a stream', () => {
  test.each([
    ['one byte', 1],
    ['exactly one part', PART_BYTES],
    ['two parts and a rest', 2 * PART_BYTES + 12_345],
  ])('of %s becomes the source, byte for byte', async (_, sizeBytes) => {
    const upload = await unsized();
    const bytes = randomBytes(sizeBytes);
    const view = await stream(upload, pieces(bytes));
    expect(view).toMatchObject({
      outcome: 'completed',
      upload: { status: 'COMPLETED', bytesUploaded: sizeBytes },
    });
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
    const { body } = await stage.system().storage.sources.get(upload.key);
    expect(md5(await buffer(body))).toBe(md5(bytes));
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
  });

  test('in one huge piece is cut too', async () => {
    const upload = await unsized();
    await stream(upload, pieces(randomBytes(2 * PART_BYTES + 1), Number.POSITIVE_INFINITY));
    expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({
      status: 'COMPLETED',
      size_bytes: String(2 * PART_BYTES + 1),
    });
  });

  test('of the very size of the limit is taken', async () => {
    const upload = await unsized();
    expect(await stream(upload, pieces(randomBytes(1000)), { maxSizeBytes: 1000 })).toMatchObject({
      outcome: 'completed',
    });
  });

  test('is read no further than storage takes it: two parts are in memory, never three', async () => {
    const upload = await unsized();
    const held = gate();
    stage.gates.sources.putPart = held.pass;
    let readBytes = 0;
    async function* counted() {
      for await (const piece of pieces(Buffer.alloc(4 * PART_BYTES), MIB)) {
        readBytes += piece.length;
        yield piece;
      }
    }
    const streaming = stream(upload, counted());
    await held.reached;
    await waitFor('the second part to be read', async () => readBytes === 2 * PART_BYTES);
    // Whatever else could run has run.
    await stage.system().em.execute('select 1');
    expect(readBytes).toBe(2 * PART_BYTES);
    delete stage.gates.sources.putPart;
    held.open();
    await streaming;
    expect(readBytes).toBe(4 * PART_BYTES);
  });

  test('that came whole is completed by the sweeper where storage failed at the end', async () => {
    const upload = await unsized();
    stage.gates.sources.completeMultipart = () => {
      throw new StorageError('unavailable', 'not now');
    };
    await expect(stream(upload, pieces(randomBytes(1000)))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADING', null]);
    delete stage.gates.sources.completeMultipart;
    stage.passSeconds(130);
    await checkSessions(stage.system());
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADED', null]);
  });
});

describe('ends its session, and storage keeps nothing,', () => {
  test('when nothing comes', async () => {
    const upload = await unsized();
    await expect(stream(upload, pieces(Buffer.alloc(0)))).rejects.toMatchObject({ code: 'empty_file' });
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'SOURCE_EMPTY']);
    await isGone(upload);
  });

  test('when one byte too many comes', async () => {
    const upload = await unsized();
    const tooMuch = stream(upload, pieces(randomBytes(PART_BYTES + 1001)), {
      maxSizeBytes: PART_BYTES + 1000,
    });
    await expect(tooMuch).rejects.toMatchObject({ code: 'file_too_large' });
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_TOO_LARGE']);
    await isGone(upload);
  });

  test.each([
    ['more', 1001],
    ['less', 999],
  ])('when %s comes than was announced', async (_, sizeBytes) => {
    const upload = await stage.opened(undefined, 1000);
    await expect(stream(upload, pieces(randomBytes(sizeBytes)))).rejects.toMatchObject({
      code: 'parts_mismatch',
    });
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_MISMATCH']);
    await isGone(upload);
  });

  test("when the stream breaks, with the stream's own error", async () => {
    const upload = await unsized();
    const broken = new Error('the client went away');
    async function* breaking() {
      yield* pieces(randomBytes(PART_BYTES + 5));
      throw broken;
    }
    await expect(stream(upload, breaking())).rejects.toBe(broken);
    expect(await stage.row('upload_sessions', upload.sessionId)).toMatchObject({ status: 'CANCELED' });
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
    await isGone(upload);
  });

  test('when the stream breaks and its owner has a name for that', async () => {
    const upload = await unsized();
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield randomBytes(5);
      throw new Error('CRC');
    }
    const streaming = streamSource(stage.as(upload.ownerId), {
      sessionId: upload.sessionId,
      body: breaking(),
      maxSizeBytes: LIMIT_BYTES,
      reasonWhenBroken: () => 'ARCHIVE_ENTRY_DAMAGED',
    });
    await expect(streaming).rejects.toThrow('CRC');
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'ARCHIVE_ENTRY_DAMAGED']);
  });

  test('when it is given up, even while the stream keeps silent', async () => {
    const upload = await unsized();
    const aborter = new AbortController();
    const silent = gate();
    async function* stuck() {
      yield randomBytes(5);
      await silent.pass();
    }
    const streaming = stream(upload, stuck(), { signal: aborter.signal });
    await silent.reached;
    const reason = new Error('the worker goes');
    aborter.abort(reason);
    await expect(streaming).rejects.toBe(reason);
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
    await isGone(upload);
  });

  test('when storage fails for good', async () => {
    const upload = await unsized();
    stage.gates.sources.putPart = () => {
      throw new StorageError('unavailable', 'not now');
    };
    await expect(stream(upload, pieces(randomBytes(5)))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'STORAGE_UNAVAILABLE']);
    await isGone(upload);
  });

  test('when its process died, ten minutes later', async () => {
    const upload = await unsized();
    const silent = gate();
    async function* stuck() {
      yield randomBytes(5);
      await silent.pass();
    }
    const streaming = stream(upload, stuck()).catch((error: Error) => error);
    await silent.reached;
    stage.passSeconds(590);
    await checkSessions(stage.system());
    expect(await stage.standing(upload.videoId)).toEqual(['UPLOADING', null]);
    stage.passSeconds(20);
    await checkSessions(stage.system());
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
    silent.open();
    expect(await streaming).toBeInstanceOf(Error);
    await isGone(upload);
  });

  test('when the owner cancels meanwhile', async () => {
    const upload = await unsized();
    const silent = gate();
    async function* slow() {
      yield randomBytes(5);
      await silent.pass();
      yield randomBytes(5);
    }
    const streaming = stream(upload, slow()).catch((error: Error) => error);
    await silent.reached;
    await cancelUpload(stage.as(upload.ownerId), upload);
    await stage.runJobs('clean-session');
    silent.open();
    expect(await streaming).toBeInstanceOf(Error);
    expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
    await isGone(upload);
  });
});

describe('is refused', () => {
  test('where the session is over, paused, or somebody else owns it', async () => {
    const upload = await unsized();
    const stranger = stage.as('00000000-0000-4000-8000-000000000001');
    const input = { sessionId: upload.sessionId, body: pieces(randomBytes(5)), maxSizeBytes: LIMIT_BYTES };
    await expect(streamSource(stranger, input)).rejects.toMatchObject({ code: 'upload_not_found' });
    await cancelUpload(stage.as(upload.ownerId), upload);
    await expect(stream(upload, pieces(randomBytes(5)))).rejects.toMatchObject({ code: 'upload_closed' });
  });
});
