import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demuxerOfClip, makeClip } from '#test/support/clips.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { type FfmpegSubject, ffmpegSubject } from './subject.ts';

const found = await foundFfmpegs();

describe.each(found)('$title', ({ binaries }) => {
  let subject: FfmpegSubject;
  beforeAll(async () => {
    subject = await ffmpegSubject(binaries);
  });
  afterAll(() => subject.close());

  test.each(['h264', 'index-at-end', 'mkv', 'webm', 'interlaced-avi', 'wmv', '3gp'] as const)(
    'half of a %s is SOURCE_TRUNCATED',
    async (name) => {
      const bytes = await readFile(await makeClip(name));
      const half = bytes.subarray(0, bytes.length / 2);
      const source = await subject.media.addSourceBytes(half, demuxerOfClip(name));
      await expect(subject.inspect(source)).rejects.toMatchObject({ code: 'SOURCE_TRUNCATED' });
    },
  );

  test('an index that names more than there is is SOURCE_TRUNCATED, though every box fits', async () => {
    const bytes = await readFile(await makeClip('h264'));
    const half = Buffer.from(bytes.subarray(0, bytes.length / 2));
    const mdatAt = half.indexOf('mdat', 0, 'latin1') - 4;
    half.writeUInt32BE(half.length - mdatAt, mdatAt);
    const source = await subject.media.addSourceBytes(half, 'mov');
    await expect(subject.inspect(source)).rejects.toMatchObject({ code: 'SOURCE_TRUNCATED' });
  });

  test('the last bytes of a whole file count', async () => {
    const bytes = await readFile(await makeClip('h264'));
    const source = await subject.media.addSourceBytes(bytes.subarray(0, -1), 'mov');
    await expect(subject.inspect(source)).rejects.toMatchObject({ code: 'SOURCE_TRUNCATED' });
  });
});
