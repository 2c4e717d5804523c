import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { listVideos } from '#domain/video/list-videos.ts';
import { useStage } from '#test/domain/stage.ts';
import { type ZipEntry, zipOf } from '#test/support/zips.ts';
import { arrived, clip, outcomes, shown, transcodeAll, video } from './archives.ts';

const MIB = 1024 ** 2;
const stage = useStage();
beforeEach(() => stage.reset());

const unpacked = async (entries: readonly ZipEntry[]) => {
  const archive = await arrived(stage, zipOf(entries));
  await stage.runJobs('unpack-archive');
  return archive;
};

test('a ZIP becomes one video an entry, in order, each of which plays in the end; what systems add is left out', async () => {
  const entries: ZipEntry[] = [
    { name: 'course/' },
    video('course/week 1/Intro & welcome.mp4'),
    { name: '__MACOSX/course/._x.mp4', data: clip() },
    video('course/week 1/second.MOV', { stored: true }),
    { name: 'course/.DS_Store', data: Buffer.from('x') },
    { name: 'course/Thumbs.db', data: Buffer.from('x') },
    { name: 'course/._second.MOV', data: Buffer.from('x') },
    video('last.mkv', { data: clip(9 * MIB) }),
  ];
  const { owner, playlistId, key } = await unpacked(entries);
  const waiting = await shown(owner, playlistId);
  expect(waiting).toMatchObject({
    title: 'course',
    state: 'UNPACKED',
    failReason: null,
    counts: { total: 8, pending: 0, accepted: 3, refused: 0, ignored: 5, ready: 0 },
  });
  expect(waiting.videos.map(({ position, state }) => [position, state])).toEqual([
    [0, 'IGNORED'],
    [1, 'ACCEPTED'],
    [2, 'IGNORED'],
    [3, 'ACCEPTED'],
    [4, 'IGNORED'],
    [5, 'IGNORED'],
    [6, 'IGNORED'],
    [7, 'ACCEPTED'],
  ]);
  const accepted = waiting.videos.filter(({ state }) => state === 'ACCEPTED');
  expect(accepted.map(({ title, status }) => [title, status])).toEqual([
    ['Intro & welcome', 'UPLOADED'],
    ['second', 'UPLOADED'],
    ['last', 'UPLOADED'],
  ]);
  const rows = await Promise.all(
    accepted.map(({ videoId }) =>
      stage.row<{ source_file_key: string; metadata: object; created_via: string }>('videos', videoId ?? ''),
    ),
  );
  expect(rows[0]).toMatchObject({
    metadata: { playlistId, path: 'course/week 1/Intro & welcome.mp4' },
    created_via: 'admin',
  });
  const stored = await Promise.all(
    rows.map(async (row) => buffer((await stage.system().storage.sources.get(row.source_file_key)).body)),
  );
  const sent = [entries[1], entries[3], entries[7]].map((entry) => entry?.data ?? Buffer.alloc(0));
  expect(stored.map((bytes, n) => bytes.equals(sent[n] ?? Buffer.alloc(0)))).toEqual([true, true, true]);

  await transcodeAll(stage);
  const ended = await shown(owner, playlistId);
  expect(ended.counts).toMatchObject({ accepted: 3, ready: 3, failed: 0 });
  for (const { state, status, streamUrl, posterUrl, durationSeconds } of ended.videos)
    if (state === 'ACCEPTED') {
      expect(status).toBe('READY');
      expect(streamUrl).toContain('master.m3u8');
      expect(posterUrl).toContain('poster.jpg');
      expect(durationSeconds).toBeGreaterThan(0);
    }
  await stage.runJobs('check-playlist');
  // Taken over: nobody needs the archive any more.
  await expect(stage.keys('sources', key)).resolves.toEqual([]);
});

test('every entry that cannot be taken says why, the good ones are taken, and the bad ones leave no video and no object', async () => {
  const archive = zipOf([
    video('../../etc/cron.mp4'),
    video('/absolute.mp4'),
    video('C:\\autoexec.mp4'),
    video('..\\windows.mp4'),
    video('nul\0.mp4'),
    video('link.mp4', { mode: 0o120777 }),
    video('inner.zip'),
    video('inner.7z'),
    video('locked.mp4', { flags: 0x801 }),
    video('wrong-checksum.mp4', { checksum: 1 }),
    video('wrong-deflate.mp4', { packed: clip() }),
    video('wrong-record.mp4', { extra: Buffer.from([1, 0, 99, 0, 7]) }),
    video('lzma.mp4', { method: 14 }),
    { name: 'swollen.mp4', data: Buffer.alloc(900_000) },
    { name: 'lying.mp4', data: Buffer.alloc(900_000), unpackedBytes: 2000, checksum: crc32(Buffer.alloc(9)) },
    { name: 'empty.mp4' },
    video('huge.mp4', { data: clip(MIB + 1), stored: true }),
    { name: 'README.txt', data: Buffer.from('read me') },
    { name: 'noextension', data: clip() },
    video('wrong-type.flv'),
    video('good.mp4'),
  ]);
  const { owner, ownerId, playlistId } = await arrived(stage, archive);
  stage.tune({ policies: smallerPolicies() });
  await stage.runJobs('unpack-archive');
  expect(await outcomes(owner, playlistId)).toEqual({
    '../../etc/cron.mp4': 'REFUSED ARCHIVE_PATH_FORBIDDEN',
    '/absolute.mp4': 'REFUSED ARCHIVE_PATH_FORBIDDEN',
    'C:\\autoexec.mp4': 'REFUSED ARCHIVE_PATH_FORBIDDEN',
    '..\\windows.mp4': 'REFUSED ARCHIVE_PATH_FORBIDDEN',
    'nul\ufffd.mp4': 'REFUSED ARCHIVE_PATH_FORBIDDEN',
    'link.mp4': 'REFUSED ARCHIVE_PATH_FORBIDDEN',
    'inner.zip': 'REFUSED ARCHIVE_NESTED',
    'inner.7z': 'REFUSED ARCHIVE_NESTED',
    'locked.mp4': 'REFUSED ARCHIVE_ENCRYPTED',
    'wrong-checksum.mp4': 'REFUSED ARCHIVE_ENTRY_DAMAGED',
    'wrong-deflate.mp4': 'REFUSED ARCHIVE_ENTRY_DAMAGED',
    'wrong-record.mp4': 'REFUSED ARCHIVE_ENTRY_DAMAGED',
    'lzma.mp4': 'REFUSED ARCHIVE_METHOD_UNSUPPORTED',
    'swollen.mp4': 'REFUSED ARCHIVE_BOMB',
    'lying.mp4': 'REFUSED ARCHIVE_BOMB',
    'empty.mp4': 'REFUSED SOURCE_EMPTY',
    'huge.mp4': 'REFUSED UPLOAD_TOO_LARGE',
    'README.txt': 'REFUSED SOURCE_FORMAT_FORBIDDEN',
    noextension: 'REFUSED SOURCE_FORMAT_FORBIDDEN',
    'wrong-type.flv': 'REFUSED SOURCE_FORMAT_FORBIDDEN',
    'good.mp4': 'ACCEPTED',
  });
  expect((await shown(owner, playlistId)).state).toBe('UNPACKED');
  const { items } = await listVideos(owner, { limit: 100 });
  expect(items.map(({ title }) => title)).toEqual(['good']);
  // Told of nothing that it could not have known.
  expect(await stage.queue('announce-video', { type: 'video.asset.errored' })).toEqual([]);
  await stage.runJobs('purge-video');
  const leftBehind = await stage.sql<{ id: string }>(
    'select id from videos where owner_id = ? and deleted_at is not null',
    [ownerId],
  );
  expect(leftBehind.length).toBeGreaterThan(0);
  for (const { id } of leftBehind) {
    expect(await stage.keys('sources', `uploads/${id}/`)).toEqual([]);
    const open = await Array.fromAsync(stage.system().storage.sources.listMultiparts(`uploads/${id}/`));
    expect(open).toEqual([]);
  }
});

test.each<[string, () => Buffer<ArrayBuffer>, string]>([
  ['that is none', () => Buffer.from('%PDF-1.7 and nothing else'), 'ARCHIVE_DAMAGED'],
  [
    'that was cut off',
    () => Buffer.from(zipOf([video('a.mp4', { data: clip(9000) })]).subarray(0, 5000)),
    'ARCHIVE_DAMAGED',
  ],
  [
    'of more entries than are taken',
    () => zipOf(Array.from('abcdef', (n) => video(`${n}.mp4`))),
    'ARCHIVE_TOO_MANY_ENTRIES',
  ],
  [
    'that would unpack to too much',
    () => zipOf([video('a.mp4', { unpackedBytes: 11 * MIB })]),
    'ARCHIVE_BOMB',
  ],
  [
    'whose entries share bytes',
    () => zipOf([video('a.mp4'), video('b.mp4', { localHeaderAt: 0 })]),
    'ARCHIVE_BOMB',
  ],
  ['without entries', () => zipOf([]), 'ARCHIVE_EMPTY'],
  ['without a video', () => zipOf([{ name: 'photos/' }, { name: 'notes.txt' }]), 'ARCHIVE_EMPTY'],
  [
    'behind a password',
    () => zipOf([video('a.mp4', { flags: 1 }), video('b.mp4', { flags: 1 })]),
    'ARCHIVE_ENCRYPTED',
  ],
  [
    'of which every entry is damaged',
    () => zipOf([video('a.mp4', { checksum: 7 })]),
    'ARCHIVE_ENTRY_DAMAGED',
  ],
])('an archive %s is FAILED and not kept', async (_what, make, reason) => {
  stage.tune({ archives: { maxEntries: 5, maxUnpackedBytes: 10 * MIB, maxRatio: 200 } });
  const { owner, playlistId, key } = await arrived(stage, make());
  await stage.runJobs('unpack-archive');
  const playlist = await shown(owner, playlistId);
  expect(playlist).toMatchObject({
    state: 'FAILED',
    failReason: reason,
    counts: { pending: 0, accepted: 0 },
  });
  expect(playlist.failDetail).toBeTruthy();
  await stage.runJobs('check-playlist');
  expect(await stage.keys('sources', key)).toEqual([]);
  expect((await listVideos(owner, { limit: 10 })).items).toEqual([]);
});

test('ten thousand entries are written down at once and shown by the page', async () => {
  const entries = Array.from({ length: 9998 }, (_, n) => ({
    name: `notes/${n}.txt`,
    stored: true,
    data: Buffer.from('n'),
  }));
  const { owner, playlistId } = await unpacked([video('first.mp4'), ...entries, video('last.mp4')]);
  const playlist = await shown(owner, playlistId);
  expect(playlist).toMatchObject({
    state: 'UNPACKED',
    counts: { total: 10_000, accepted: 2, refused: 9998 },
  });
  expect(playlist.videos).toHaveLength(1000);
  expect(playlist.nextCursor).not.toBeNull();
});

/** As shipped, but a file may have 1 MiB. */
function smallerPolicies() {
  const { policies } = stage.system().settings;
  return { ...policies, admin: { ...policies.admin, maxSizeBytes: MIB } };
}
