import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { runTask, useStage } from '../stage.ts';
import { gate } from './gate.ts';
import { box, publish, putSetFile, sentSet, wholeSet } from './set-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

describe('while it is published', () => {
  test('a file that is replaced after it was judged is judged again: what is published is what was verified', async () => {
    const files = wholeSet();
    const set = await sentSet(stage, files, { sizes: false });
    const target = set.files.find(({ path }) => path === '180p/seg-1.m4s');
    if (!target) throw new Error('no such file');
    const evil = Buffer.from('<script>alert(1)</script>');
    let swapped: Promise<unknown> | undefined;
    stage.gates.media.copyFrom = async () => {
      swapped ??= putSetFile(target, evil);
      await swapped;
    };
    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['FAILED', 'HLS_SET_INVALID']);
    const [version] = await stage.attempts(set.videoId);
    expect(version).toMatchObject({ state: 'CANCELED' });
    expect(version?.sweep_at).not.toBeNull();
  });

  test('another whole file in its place is published, and the first copy is swept', async () => {
    const set = await sentSet(stage, wholeSet(), { sizes: false });
    const target = set.files.find(({ path }) => path === '360p/seg-1.m4s');
    if (!target) throw new Error('no such file');
    const other = box('styp');
    let swapped: Promise<unknown> | undefined;
    stage.gates.media.copyFrom = async () => {
      swapped ??= putSetFile(target, other);
      await swapped;
    };
    await publish(stage, set);
    const [first, second] = await stage.attempts(set.videoId);
    expect([first?.state, second?.state]).toEqual(['CANCELED', 'SUCCEEDED']);
    const { body } = await stage.system().storage.media.get(`${second?.output_prefix}360p/seg-1.m4s`);
    expect(Buffer.concat(await Array.fromAsync(body)).equals(other)).toBe(true);

    stage.passSeconds(3600);
    const [{ id } = { id: '' }] = await stage.attempts(set.videoId);
    await runTask('sweep-version', stage.system(), { jobId: id });
    expect(await stage.keys('media', first?.output_prefix ?? '')).toEqual([]);
    expect(await stage.keys('media', second?.output_prefix ?? '')).not.toEqual([]);
  });

  test('storage that fails in the middle shows nothing and is tried again at once', async () => {
    const set = await sentSet(stage);
    let copies = 0;
    stage.gates.media.copyFrom = () => {
      copies += 1;
      if (copies === 5) throw new StorageError('unavailable', 'storage is away');
    };
    await expect(publish(stage, set)).rejects.toThrow('storage is away');
    expect(await stage.standing(set.videoId)).toEqual(['UPLOADING', null]);
    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
    expect((await stage.attempts(set.videoId)).map(({ state }) => state)).toEqual(['CANCELED', 'SUCCEEDED']);
  });

  test('a publisher that was killed holds nobody up for longer than his claim, and publishes nothing when he wakes', async () => {
    const set = await sentSet(stage);
    const asleep = gate();
    stage.gates.media.copyFrom = asleep.pass;
    const killed = publish(stage, set);
    await asleep.reached;
    delete stage.gates.media.copyFrom;

    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['UPLOADING', null]);
    stage.passSeconds(3600);
    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
    asleep.open();
    await killed;
    expect((await stage.attempts(set.videoId)).map(({ state }) => state)).toEqual(['CANCELED', 'SUCCEEDED']);
  });

  test('a worker that must go leaves it to another one, uncounted', async () => {
    const set = await sentSet(stage);
    const stopping = new AbortController();
    stage.gates.media.copyFrom = () => stopping.abort();
    await publish(stage, set, stopping.signal);
    delete stage.gates.media.copyFrom;
    expect(await stage.standing(set.videoId)).toEqual(['UPLOADING', null]);
    await stage.runJobs('publish-set');
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
  });

  test('it cannot be canceled; a deletion ends it, and nothing is published', async () => {
    const set = await sentSet(stage);
    const inTheMiddle = gate();
    stage.gates.media.copyFrom = inTheMiddle.pass;
    const publishing = publish(stage, set);
    await inTheMiddle.reached;
    await expect(cancelUpload(stage.as(set.ownerId), set)).rejects.toMatchObject({ code: 'completing' });
    await deleteVideo(stage.as(set.ownerId), set);
    inTheMiddle.open();
    await publishing;
    expect(await stage.row('upload_sessions', set.sessionId)).toMatchObject({ status: 'CANCELED' });
    expect((await stage.attempts(set.videoId)).map(({ state }) => state)).toEqual(['CANCELED']);
  });

  test('no transcoder can report it: a FAILED or READY from outside moves nothing', async () => {
    const set = await sentSet(stage);
    const inTheMiddle = gate();
    stage.gates.media.copyFrom = inTheMiddle.pass;
    const publishing = publish(stage, set);
    await inTheMiddle.reached;
    const [event] = await stage.sql<{ id: string }>(
      `insert into provider_events (id, provider, dedupe_key, video_id, body, received_at)
       values (gen_random_uuid(), 'webhook', ?, ?, ?::jsonb, now()) returning id`,
      [set.videoId, set.videoId, JSON.stringify({ videoId: set.videoId, status: 'FAILED' })],
    );
    await runTask('apply-provider-event', stage.system(), { eventId: event?.id });
    await runTask('reconcile', stage.system(), {});
    inTheMiddle.open();
    await publishing;
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
    expect(await stage.attempts(set.videoId)).toHaveLength(1);
  });
});

test('a commit whose answer is lost keeps the poster that it shows', async () => {
  const set = await sentSet(stage, wholeSet());
  const context = stage.system();
  const metrics = {
    ...context.metrics,
    transcodeEnded() {
      throw new Error('the answer to the commit is lost');
    },
  };
  await runTask('publish-set', { ...context, metrics }, { sessionId: set.sessionId }).catch(() => undefined);
  const row = await stage.row<{ status: string; poster_key: string }>('videos', set.videoId);
  expect(row.status).toBe('READY');
  expect((await stage.system().storage.media.head(row.poster_key)).sizeBytes).toBeGreaterThan(0);
});
