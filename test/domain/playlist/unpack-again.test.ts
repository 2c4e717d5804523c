import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { listVideos } from '#domain/video/list-videos.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { runTask, useStage } from '#test/domain/stage.ts';
import { zipOf } from '#test/support/zips.ts';
import { type Arrived, arrived, clip, outcomes, shown, video } from './archives.ts';

const stage = useStage();
beforeEach(() => stage.reset());

const THREE = ['one.mp4', 'two.mp4', 'three.mp4'];
const ALL_ACCEPTED = { 'one.mp4': 'ACCEPTED', 'two.mp4': 'ACCEPTED', 'three.mp4': 'ACCEPTED' };
const ofThree = (...sizes: number[]) =>
  arrived(stage, zipOf(THREE.map((name, n) => video(name, { data: clip(sizes[n] ?? 2000), stored: true }))));
/** The second is too large to be taken beside another: they are taken one by one. */
const three = () => ofThree(2000, 8 * 1024 ** 2 + 1000, 2000);
const unpack = ({ playlistId }: Arrived, signal?: AbortSignal) =>
  runTask('unpack-archive', stage.system(), { playlistId }, signal);

/** Each entry has exactly one video, and its owner sees no other. */
async function expectOneVideoEach(archive: Arrived): Promise<void> {
  expect(await outcomes(archive.owner, archive.playlistId)).toEqual(ALL_ACCEPTED);
  const { items } = await listVideos(archive.owner, { limit: 100 });
  expect(items.map(({ title }) => title).sort()).toEqual(['one', 'three', 'two']);
  expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['UPLOADED']));
}

/** Fails a call of storage, once, from the n-th on. */
function failOnce(gate: 'putPart' | 'get' | 'completeMultipart', call: number): void {
  let calls = 0;
  stage.gates.sources[gate] = () => {
    calls += 1;
    if (calls === call) throw new StorageError('unavailable', 'storage is away');
  };
}

test.each([
  ['putPart', 2],
  ['get', 3],
  ['completeMultipart', 2],
] as const)(
  'a storage that fails in %s loses nothing: the next try goes on with the same videos',
  async (gate, call) => {
    const archive = await three();
    failOnce(gate, call);
    if (gate === 'get') await unpack(archive);
    else {
      await expect(unpack(archive)).rejects.toThrow('storage is away');
      const begun = await shown(archive.owner, archive.playlistId);
      expect(begun.videos.map(({ state }) => state)).toEqual(['ACCEPTED', 'PENDING', 'PENDING']);
      expect(begun.videos[1]?.status).toBe('UPLOADING');
      await unpack(archive);
      const ended = await shown(archive.owner, archive.playlistId);
      expect(ended.videos.map(({ videoId }) => videoId).slice(0, 2)).toEqual(
        begun.videos.map(({ videoId }) => videoId).slice(0, 2),
      );
    }
    await expectOneVideoEach(archive);
  },
);

test('of small entries that are taken side by side one that fails holds up no other', async () => {
  const archive = await ofThree();
  failOnce('putPart', 2);
  await expect(unpack(archive)).rejects.toThrow('storage is away');
  expect((await shown(archive.owner, archive.playlistId)).counts).toMatchObject({ accepted: 2, pending: 1 });
  await unpack(archive);
  await expectOneVideoEach(archive);
});

test('a storage that is away altogether leaves the archive as it is, for the next try', async () => {
  const archive = await three();
  stage.gates.sources.get = () => {
    throw new StorageError('unavailable', 'storage is away');
  };
  await expect(unpack(archive)).rejects.toThrow('storage is away');
  expect(await shown(archive.owner, archive.playlistId)).toMatchObject({
    state: 'UNPACKING',
    counts: { total: 0 },
  });
  delete stage.gates.sources.get;
  await unpack(archive);
  await expectOneVideoEach(archive);
});

test('a worker that is told to go hands the archive back, and the next one goes on at once', async () => {
  const archive = await three();
  await stage.sql('delete from graphile_worker._private_jobs where key = ?', [
    `unpack:${archive.playlistId}`,
  ]);
  const stopping = new AbortController();
  let parts = 0;
  stage.gates.sources.putPart = () => {
    parts += 1;
    if (parts === 2) stopping.abort();
  };
  await unpack(archive, stopping.signal);
  expect((await shown(archive.owner, archive.playlistId)).counts).toMatchObject({ accepted: 1, pending: 2 });
  expect(await stage.queue('unpack-archive', { playlistId: archive.playlistId })).toHaveLength(1);
  await stage.runJobs('unpack-archive');
  await expectOneVideoEach(archive);
});

test('an archive that takes long makes room for other jobs and goes on behind them', async () => {
  const archive = await three();
  await stage.sql('delete from graphile_worker._private_jobs where key = ?', [
    `unpack:${archive.playlistId}`,
  ]);
  const clock = vi.spyOn(performance, 'now');
  onTestFinished(() => clock.mockRestore());
  const begunAt = performance.now();
  stage.gates.sources.putPart = () => {
    clock.mockImplementation(() => begunAt + 31_000);
  };
  await unpack(archive);
  expect((await shown(archive.owner, archive.playlistId)).counts).toMatchObject({ accepted: 1, pending: 2 });
  clock.mockRestore();
  await stage.runJobs('unpack-archive');
  await expectOneVideoEach(archive);
});

test('two workers at once make each video once, and the second comes back when the first may be dead', async () => {
  const archive = await three();
  await stage.sql('delete from graphile_worker._private_jobs where key = ?', [
    `unpack:${archive.playlistId}`,
  ]);
  await Promise.all([unpack(archive), unpack(archive)]);
  await expectOneVideoEach(archive);
  const [later] = await stage.queue('unpack-archive', { playlistId: archive.playlistId });
  expect(new Date(later?.runAt ?? 0).getTime()).toBeGreaterThan(Date.now() + 20_000);
  await unpack(archive);
  await expectOneVideoEach(archive);
});

test('who follows a worker that was killed takes up what it had in hand', async () => {
  const archive = await three();
  const { promise: never, resolve } = Promise.withResolvers<void>();
  const { promise: reached, resolve: atPart } = Promise.withResolvers<void>();
  let parts = 0;
  stage.gates.sources.putPart = () => {
    parts += 1;
    if (parts !== 2) return;
    atPart();
    return never;
  };
  const first = unpack(archive);
  await reached;
  // It keeps silent for longer than its lease lasts.
  await stage.sql("update playlists set lease_until = now() - interval '1 second' where id = ?", [
    archive.playlistId,
  ]);
  delete stage.gates.sources.putPart;
  await unpack(archive);
  await expectOneVideoEach(archive);
  const before = await rowsOf(archive);
  // It wakes, and changes nothing.
  resolve();
  await first;
  expect(await rowsOf(archive)).toEqual(before);
});

test('the reconciler finds an archive that nobody unpacks, and only such a one', async () => {
  const [lost, held] = [await three(), await three()];
  const ids = [lost.playlistId, held.playlistId];
  await stage.sql(
    'delete from graphile_worker._private_jobs where key in (?, ?)',
    ids.map((id) => `unpack:${id}`),
  );
  await stage.sql(
    "update playlists set state = 'UNPACKING', lease_until = now() + interval '1 minute' where id = ?",
    [held.playlistId],
  );
  await runTask('reconcile', stage.system(), {});
  expect(await stage.queue('unpack-archive', { playlistId: lost.playlistId })).toHaveLength(1);
  expect(await stage.queue('unpack-archive', { playlistId: held.playlistId })).toEqual([]);
});

test('an archive that is swapped in mid-work is FAILED, and what was taken of the first stays', async () => {
  const archive = await three();
  const other = zipOf(THREE.map((name) => video(name, { data: clip(3000) })));
  let parts = 0;
  stage.gates.sources.putPart = async () => {
    parts += 1;
    if (parts === 1)
      await stage.system().storage.sources.put(archive.key, other, { contentType: 'application/zip' });
  };
  await unpack(archive);
  expect(await outcomes(archive.owner, archive.playlistId)).toEqual({
    'one.mp4': 'ACCEPTED',
    'two.mp4': 'REFUSED SOURCE_CHANGED',
    'three.mp4': 'REFUSED SOURCE_CHANGED',
  });
  expect(await shown(archive.owner, archive.playlistId)).toMatchObject({
    state: 'FAILED',
    failReason: 'SOURCE_CHANGED',
  });
  const { items } = await listVideos(archive.owner, { limit: 10 });
  expect(items.map(({ title, status }) => [title, status])).toEqual([['one', 'UPLOADED']]);
});

test('an archive that vanishes is FAILED with SOURCE_MISSING', async () => {
  const archive = await three();
  await stage.system().storage.sources.deleteMany([archive.key]);
  await unpack(archive);
  expect(await shown(archive.owner, archive.playlistId)).toMatchObject({
    state: 'FAILED',
    failReason: 'SOURCE_MISSING',
  });
});

test('a video that its owner deletes while it is unpacked leaves its place, and is not made again', async () => {
  const archive = await three();
  let parts = 0;
  stage.gates.sources.putPart = async () => {
    parts += 1;
    if (parts !== 2) return;
    const { videos } = await shown(archive.owner, archive.playlistId);
    await deleteVideo(archive.owner, { videoId: videos[1]?.videoId ?? '' });
    await stage.runJobs('purge-video');
  };
  await unpack(archive);
  expect(await outcomes(archive.owner, archive.playlistId)).toEqual(ALL_ACCEPTED);
  const { items } = await listVideos(archive.owner, { limit: 10 });
  expect(items.map(({ title }) => title).sort()).toEqual(['one', 'three']);
  expect((await shown(archive.owner, archive.playlistId)).videos[1]).toMatchObject({
    status: null,
    title: null,
  });
});

test('parts that storage has forgotten are sent again to a new place, and the video is still one', async () => {
  const archive = await three();
  failOnce('completeMultipart', 2);
  await expect(unpack(archive)).rejects.toThrow('storage is away');
  const [open] = await stage.sql<{ file_key: string; provider_upload_id: string }>(
    `select s.file_key, s.provider_upload_id from upload_sessions s join playlist_entries e on e.video_id = s.video_id
     where e.playlist_id = ? and e.state = 'PENDING'`,
    [archive.playlistId],
  );
  await stage.system().storage.sources.abortMultipart(open?.file_key ?? '', open?.provider_upload_id ?? '');
  await expect(unpack(archive)).rejects.toThrow();
  await unpack(archive);
  await expectOneVideoEach(archive);
});

/** All that a worker could spoil. */
async function rowsOf({ playlistId, ownerId }: Arrived): Promise<object> {
  return {
    playlist: await stage.row('playlists', playlistId),
    entries: await stage.sql('select * from playlist_entries where playlist_id = ? order by position', [
      playlistId,
    ]),
    videos: await stage.sql('select * from videos where owner_id = ? order by id', [ownerId]),
  };
}
