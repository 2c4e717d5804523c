import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import yazl from 'yazl';
import type { ArchiveSource, OpenArchive } from '#providers/archive/archive-reader.ts';
import { zipReader } from '#providers/archive/zip-reader.ts';
import { waitFor } from '#test/support/conditions.ts';
import { extraField, type ZipEntry, type ZipOptions, zipOf } from '#test/support/zips.ts';

interface WatchedSource extends ArchiveSource {
  /** One for each read. */
  readonly streams: Readable[];
}

/** @param breaksWith thrown in the middle of whatever is read after the directory */
function sourceOf(bytes: Buffer, breaksWith?: Error): WatchedSource {
  const streams: Readable[] = [];
  async function* cut(start: number, end: number, breaks: boolean) {
    for (let at = start; at <= end; at += 1000) {
      if (breaks && at > start + 5000) throw breaksWith;
      yield bytes.subarray(at, Math.min(at + 1000, end + 1));
    }
  }
  return {
    streams,
    sizeBytes: bytes.length,
    read(start, end) {
      const stream = Readable.from(cut(start, end, breaksWith !== undefined && streams.length > 0));
      streams.push(stream);
      return Promise.resolve(stream);
    },
  };
}

const open = (bytes: Buffer, maxEntries = 10_000): Promise<OpenArchive> =>
  zipReader().open(sourceOf(bytes), { maxEntries });
const made = (entries: readonly ZipEntry[], options?: ZipOptions) => open(zipOf(entries, options));

async function contents(archive: OpenArchive, position: number): Promise<Buffer> {
  const entry = archive.entries[position];
  if (!entry) throw new Error(`There is no entry ${position}`);
  return buffer(await archive.open(entry));
}

const archiveError = (code: string) => expect.objectContaining({ name: 'ArchiveError', code });
const namesOf = ({ entries }: OpenArchive) => entries.map(({ name }) => name);
const CLIP = Buffer.concat([randomBytes(40_000), Buffer.alloc(60_000, 'frames')]);

test('what another program packed comes out as it went in, stored and deflated, with folders and a comment', async () => {
  const zip = new yazl.ZipFile();
  zip.addBuffer(CLIP, 'one/first.mp4');
  zip.addBuffer(CLIP.subarray(1000), 'second.mov', { compress: false });
  zip.addEmptyDirectory('one/empty/');
  zip.addReadStream(Readable.from([CLIP, CLIP]), 'streamed.mp4');
  zip.end({ comment: 'made elsewhere', forceZip64Format: false });
  const archive = await open(await buffer(zip.outputStream as Readable));
  expect(archive.entries).toMatchObject([
    { position: 0, name: 'one/first.mp4', isFolder: false, isReadable: true, damage: null },
    { position: 1, name: 'second.mov', packedBytes: CLIP.length - 1000 },
    { position: 2, name: 'one/empty/', isFolder: true },
    { position: 3, name: 'streamed.mp4', unpackedBytes: 2 * CLIP.length },
  ]);
  expect(await contents(archive, 0)).toEqual(CLIP);
  expect(await contents(archive, 1)).toEqual(CLIP.subarray(1000));
  expect(await contents(archive, 3)).toEqual(Buffer.concat([CLIP, CLIP]));
});

test('ZIP64 reads the same: by another program, and with every field moved to it', async () => {
  const zip = new yazl.ZipFile();
  zip.addReadStream(Readable.from([CLIP]), 'a.mp4', { forceZip64Format: true });
  zip.end({ forceZip64Format: true, comment: '' });
  const theirs = await open(await buffer(zip.outputStream as Readable));
  expect(await contents(theirs, 0)).toEqual(CLIP);

  const own = await made(
    [
      { name: 'a.mp4', data: CLIP, zip64: true },
      { name: 'b.mp4', data: CLIP.subarray(7), zip64: true },
    ],
    { zip64: true },
  );
  expect(await contents(own, 1)).toEqual(CLIP.subarray(7));
});

test('a directory of ten thousand entries takes a handful of requests, and one entry more is refused', async () => {
  const entries = Array.from({ length: 10_000 }, (_, n) => ({
    name: `course/lesson-${String(n).padStart(5, '0')}-of-many.mp4`,
    data: Buffer.from(`clip ${n}`),
    stored: true,
  }));
  const source = sourceOf(zipOf(entries));
  const archive = await zipReader().open(source, { maxEntries: 10_000 });
  expect(archive.entries).toHaveLength(10_000);
  expect(source.streams.length).toBeLessThanOrEqual(3);
  expect(await contents(archive, 9999)).toEqual(Buffer.from('clip 9999'));

  const more = zipOf([...entries, { name: 'last.mp4' }]);
  await expect(open(more)).rejects.toEqual(archiveError('too_many_entries'));
  await expect(made(entries.slice(0, 3), { entryCount: 4_000_000_000, zip64: true })).rejects.toEqual(
    archiveError('too_many_entries'),
  );
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['a picture', Buffer.from('\x89PNG\r\n\x1a\n'.repeat(100), 'latin1')],
  ['an archive without its end', zipOf([{ name: 'a.mp4', data: CLIP }]).subarray(0, -30)],
  ['an archive without its beginning', zipOf([{ name: 'a.mp4', data: CLIP }]).subarray(100)],
  ['fewer entries than its end says', zipOf([{ name: 'a.mp4', data: CLIP }], { entryCount: 2 })],
  ['more entries than its end says', zipOf([{ name: 'a.mp4' }, { name: 'b.mp4' }], { entryCount: 1 })],
])('%s is damaged', async (_what, bytes) => {
  await expect(open(bytes)).rejects.toEqual(archiveError('damaged'));
});

test('one entry that is odd in the directory is told so, and the others are read', async () => {
  const good = { name: 'good.mp4', data: CLIP };
  const archive = await made([
    { ...good, name: 'extra.mp4', extra: Buffer.from([1, 0, 99, 0, 7]) },
    { ...good, name: 'far.mp4', localHeaderAt: 90_000_000 },
    { ...good, name: 'two-sizes.mp4', stored: true, unpackedBytes: 5 },
    { ...good, name: 'half-zip64.mp4', packedBytes: 0xffffffff },
    good,
  ]);
  expect(archive.entries.map(({ damage }) => damage !== null)).toEqual([true, true, true, true, false]);
  expect(await contents(archive, 4)).toEqual(CLIP);
  await expect(contents(archive, 0)).rejects.toEqual(archiveError('damaged'));
});

test('encryption, foreign compression and links are told before anything is unpacked', async () => {
  const archive = await made([
    { name: 'locked.mp4', data: CLIP, flags: 0x1 },
    { name: 'locked-hard.mp4', data: CLIP, flags: 0x41 },
    { name: 'aes.mp4', data: CLIP, flags: 0x1, method: 99 },
    { name: 'lzma.mp4', data: CLIP, method: 14 },
    { name: 'link.mp4', data: Buffer.from('/etc/passwd'), mode: 0o120777 },
    { name: 'plain.mp4', data: CLIP, mode: 0o100644 },
  ]);
  expect(archive.entries.map((entry) => [entry.isEncrypted, entry.isReadable, entry.isLink])).toEqual([
    [true, true, false],
    [true, true, false],
    [true, false, false],
    [false, false, false],
    [false, true, true],
    [false, true, false],
  ]);
});

test.each<[string, ZipEntry, string]>([
  ['other bytes than its checksum says', { name: 'a.mp4', data: CLIP, checksum: 1 }, 'damaged'],
  [
    'fewer bytes than the directory says',
    { name: 'a.mp4', data: CLIP, unpackedBytes: CLIP.length + 1 },
    'damaged',
  ],
  ['bytes that are not deflated', { name: 'a.mp4', data: CLIP, packed: randomBytes(5000) }, 'damaged'],
  [
    'a deflated stream that is cut off',
    { name: 'a.mp4', data: CLIP, packed: deflateRawSync(CLIP).subarray(0, -100) },
    'damaged',
  ],
  [
    'more bytes than the directory says',
    { name: 'a.mp4', data: CLIP, unpackedBytes: 10, checksum: crc32(CLIP) },
    'oversized',
  ],
])('an entry with %s fails alone', async (_what, entry, code) => {
  const archive = await made([entry, { name: 'good.mp4', data: CLIP }]);
  await expect(contents(archive, 0)).rejects.toEqual(archiveError(code));
  expect(await contents(archive, 1)).toEqual(CLIP);
});

test('a bomb is not unpacked further than it declares', async () => {
  const declared = 100_000;
  const archive = await made([
    { name: 'bomb.mp4', data: Buffer.alloc(200_000_000), unpackedBytes: declared },
  ]);
  const [entry] = archive.entries;
  if (!entry) throw new Error('no entry');
  let received = 0;
  const reading = async () => {
    for await (const chunk of await archive.open(entry)) received += (chunk as Buffer).length;
  };
  await expect(reading()).rejects.toEqual(archiveError('oversized'));
  expect(received).toBeLessThanOrEqual(declared);
});

test('entries that share bytes are refused: the same file listed twice, and files quoted in one another', async () => {
  const data = Buffer.alloc(100_000);
  await expect(
    made([
      { name: 'a.mp4', data },
      { name: 'b.mp4', data, localHeaderAt: 0 },
    ]),
  ).rejects.toEqual(archiveError('overlapping'));
  // As in quoted-overlap bombs, where each entry's packed bytes hold the local header of the next.
  await expect(
    made([
      { name: 'a.mp4', data, packedBytes: 30 + 5 + 200 + deflateRawSync(data).length },
      { name: 'b.mp4', data },
      { name: 'c.mp4', data: CLIP },
    ]),
  ).rejects.toEqual(archiveError('overlapping'));
});

test('names in any encoding are readable, and none fails', async () => {
  const latin = (text: string) => Buffer.from(text, 'latin1');
  const utf8 = Buffer.from('Ünïcode ☂.mp4');
  const unicodePath = Buffer.concat([Buffer.alloc(5), Buffer.from('日本.mp4')]);
  unicodePath.writeUInt8(1, 0);
  unicodePath.writeUInt32LE(crc32(latin('nihon.mp4')), 1);
  const archive = await made([
    { name: 'Ünïcode ☂.mp4' },
    { name: utf8 },
    // "Übungen für groß.mp4" and "pâté.mp4" in code page 437.
    { name: latin('\x9abungen f\x81r gro\xe1.mp4') },
    { name: latin('p\x83t\x82.mp4') },
    // "テスト動画.mp4" and "表示.mp4" in Shift_JIS; the second holds a byte that is a backslash.
    { name: latin('\x83e\x83X\x83g\x93\xae\x89\xe6.mp4') },
    { name: latin('\x95\x5c\x8e\xa6.mp4') },
    { name: latin('nihon.mp4'), extra: extraField(0x7075, unicodePath) },
    { name: latin('other.mp4'), extra: extraField(0x7075, unicodePath) },
    // Marked as UTF-8, and not.
    { name: latin('\xff\xfe.mp4'), flags: 0x800 },
    { name: '' },
  ]);
  expect(namesOf(archive)).toEqual([
    'Ünïcode ☂.mp4',
    'Ünïcode ☂.mp4',
    'Übungen für groß.mp4',
    'pâté.mp4',
    'テスト動画.mp4',
    '表示.mp4',
    '日本.mp4',
    'other.mp4',
    '\ufffd\ufffd.mp4',
    '',
  ]);
});

test('names that lead elsewhere are told as they are: whoever takes entries judges them', async () => {
  const names = ['../up.mp4', '/root.mp4', 'C:\\windows.mp4', 'nul\0.mp4', '..\\..\\up.mp4'];
  expect(namesOf(await made(names.map((name) => ({ name }))))).toEqual(names);
});

test('what the source fails with passes as it is, from the directory and in mid-entry, and its stream is closed', async () => {
  const bytes = zipOf([{ name: 'a.mp4', data: randomBytes(300_000) }]);
  const whole = sourceOf(bytes);
  const gone = new Error('storage is away');
  await expect(
    zipReader().open({ ...whole, read: () => Promise.reject(gone) }, { maxEntries: 10 }),
  ).rejects.toBe(gone);

  const breaking = sourceOf(bytes, gone);
  const archive = await zipReader().open(breaking, { maxEntries: 10 });
  await expect(contents(archive, 0)).rejects.toBe(gone);
  expect(breaking.streams.every(({ destroyed }) => destroyed)).toBe(true);

  const [entry] = archive.entries;
  if (!entry) throw new Error('no entry');
  const calm = await zipReader().open(whole, { maxEntries: 10 });
  for await (const _chunk of await calm.open(entry)) break;
  await waitFor('the source to be closed', async () => whole.streams.every(({ destroyed }) => destroyed));
});
