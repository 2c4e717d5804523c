import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClipName, demuxerOfClip, makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { type FfmpegSubject, ffmpegSubject } from './subject.ts';

const found = await foundFfmpegs();

/** Clip and size of its poster. */
const POSTERS: readonly (readonly [ClipName, number, number])[] = [
  ['h264', 320, 180],
  ['hd', 1280, 720],
  ['hevc-rotated', 180, 320],
  ['anamorphic', 348, 192],
  ['odd-size', 320, 180],
  ['hdr-pq', 320, 180],
  ['interlaced-avi', 320, 180],
  ['one-frame', 320, 180],
  ['late-video', 320, 180],
  ['wmv', 320, 180],
  ['ts', 320, 180],
];

describe.each(found)('$title', ({ binaries }) => {
  let subject: FfmpegSubject;
  beforeAll(async () => {
    subject = await ffmpegSubject(binaries);
  });
  afterAll(() => subject.close());

  test.each(POSTERS)('the poster of %s is a JPEG of %i x %i', async (name, width, height) => {
    const source = await subject.media.addSource(await makeClip(name), demuxerOfClip(name));
    const probe = await subject.inspect(source);
    const { signal } = new AbortController();
    const jpeg = Buffer.from(await subject.inspector.poster(source, probe, { signal }));
    expect(jpegSize(jpeg)).toEqual({ width, height });
    expect(jpeg.subarray(-2).toString('hex')).toBe('ffd9');
    await waitFor('every read to be closed', async () => subject.media.openReads() === 0);
  });
});

/** From the first start-of-frame marker (ITU-T T.81, B.2.2). */
function jpegSize(jpeg: Buffer): { width: number; height: number } | null {
  for (let at = 2; at + 9 < jpeg.length && jpeg[at] === 0xff; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1] ?? 0;
    if (marker === 0xc0 || marker === 0xc2) {
      return { width: jpeg.readUInt16BE(at + 7), height: jpeg.readUInt16BE(at + 5) };
    }
  }
  return null;
}
