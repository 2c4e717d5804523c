import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseInitSegment, parseMediaSegment } from '#providers/transcoders/ffmpeg/mp4-boxes.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { decode, listen, readPlaylist } from './produced.ts';
import { type FfmpegSubject, ffmpegSubject } from './subject.ts';

const found = await foundFfmpegs();

describe.each(found)('$title', ({ binaries }) => {
  let subject: FfmpegSubject;
  beforeAll(async () => {
    subject = await ffmpegSubject(binaries, { preset: 'veryfast' });
  });
  afterAll(() => subject.close());

  const at = (key: string) => join(subject.media.outputFolder, key);
  const segmentsOf = async (folder: string) => {
    const init = await readFile(at(`${folder}init.mp4`));
    const { segments } = await readPlaylist(at(`${folder}playlist.m3u8`));
    const parsed = [];
    for (const { name } of segments) {
      const bytes = await readFile(at(folder + name));
      parsed.push({ name, bytes, ...parseMediaSegment(bytes, parseInitSegment(init)) });
    }
    return { init, parsed };
  };

  test('picture and sound begin at exactly 0 and every segment follows on the one before it', async () => {
    const order = await subject.order('ntsc');
    await (await subject.transcoder.submit(order)).done;
    for (const label of [...order.ladder.map((rung) => rung.label), 'audio']) {
      const { init, parsed } = await segmentsOf(`${order.outputPrefix}${label}/`);
      let expected = 0n;
      for (const { decodeTime, duration } of parsed) {
        expect(decodeTime).toBe(expected);
        expected += BigInt(duration);
      }
      // An edit list of one entry, without the pause that would shift the picture against the sound.
      expect(parseInitSegment(init).edits.filter(({ mediaTime }) => mediaTime < 0)).toEqual([]);
    }
    const { parsed } = await segmentsOf(`${order.outputPrefix}${order.ladder[0]?.label}/`);
    expect(parsed.map(({ sampleCount }) => sampleCount)).toEqual([120, 30]);
  });

  test.each(['clapper', 'clapper-ts'] as const)('picture and sound of %s stay together', async (name) => {
    const order = await subject.order(name);
    const { assets } = await (await subject.transcoder.submit(order)).done;
    const keyOf = (type: string) => at(assets.find((asset) => asset.type === type)?.key ?? '');
    const black = await listen(binaries.ffmpeg, keyOf('HLS_RENDITION'), ['-vf', 'blackdetect=d=0.1']);
    const silence = await listen(binaries.ffmpeg, keyOf('HLS_AUDIO'), ['-af', 'silencedetect=n=-30dB:d=0.1']);
    const flashSeconds = Number(/black_end:([\d.]+)/.exec(black)?.[1]);
    const beepSeconds = Number(/silence_end: ([\d.]+)/.exec(silence)?.[1]);
    expect(flashSeconds).toBeCloseTo(1, 2);
    // AAC smears a beginning over one packet.
    expect(Math.abs(beepSeconds - flashSeconds)).toBeLessThan(1024 / 48_000);
  });

  test('HDR and full-range pictures come out as ordinary ones', async () => {
    for (const name of ['hdr-pq', 'full-range'] as const) {
      const { assets } = await (await subject.transcoder.submit(await subject.order(name))).done;
      const shown = await decode(binaries.ffprobe, at(assets[0]?.key ?? ''));
      expect(shown.pixelFormat).toBe('yuv420p');
      expect(shown.colorRange ?? 'tv').toBe('tv');
      expect(shown.colorTransfer ?? 'bt709').not.toBe('smpte2084');
    }
  });

  test('the master names every rendition with what a player needs to choose', async () => {
    const order = await subject.order('hd');
    const output = await (await subject.transcoder.submit(order)).done;
    const master = await subject.readOutput(output.masterKey);
    expect(master).toMatch(/^#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n/);
    for (const { width, height, codec, bandwidthBitsPerSecond } of output.assets) {
      if (width === null) continue;
      expect(master).toMatch(
        new RegExp(
          `BANDWIDTH=${bandwidthBitsPerSecond},AVERAGE-BANDWIDTH=\\d+,CODECS="${codec},mp4a.40.2",RESOLUTION=${width}x${height},FRAME-RATE=30.000,AUDIO="audio"`,
        ),
      );
    }
    expect(subject.media.written.at(-1)).toBe(output.masterKey);
  });

  test('transport streams carry the same pictures, and sound on the same clock', async () => {
    const order = await subject.order('ntsc', { segmentContainer: 'ts' });
    const output = await (await subject.transcoder.submit(order)).done;
    const starts = new Set<number>();
    for (const { key, type, codec } of output.assets) {
      const shown = await decode(binaries.ffprobe, at(key));
      starts.add(shown.startSeconds);
      if (type === 'HLS_AUDIO') continue;
      expect(codec).toMatch(/^avc1\.64/);
      expect(shown.frames).toBe(150);
    }
    expect([...starts]).toEqual([1.4]);
    const keys = (await subject.media.outputKeys()).filter((key) => key.startsWith(order.outputPrefix));
    expect(keys.filter((key) => /init|m4s/.test(key))).toEqual([]);
  });

  if (binaries.recipe === 'full') {
    test('a part of the grid equals that part of the whole', async () => {
      const whole = await subject.order('ntsc');
      await (await subject.transcoder.submit(whole)).done;
      const parts = [];
      for (const [startFrame, endFrame] of [
        [0, 120],
        [120, null],
      ] as const) {
        const range = { ...whole.range, startFrame, endFrame };
        const jobId = `${whole.jobId}-${startFrame}`;
        const part = { ...whole, jobId, outputPrefix: `parts/${jobId}/`, range };
        const output = await (await subject.transcoder.submit(part)).done;
        expect(output.assets.filter(({ type }) => type === 'HLS_AUDIO')).toEqual([]);
        parts.push(part);
      }
      for (const { label } of whole.ladder) {
        const all = await segmentsOf(`${whole.outputPrefix}${label}/`);
        const apart = await Promise.all(
          parts.map(({ outputPrefix }) => segmentsOf(`${outputPrefix}${label}/`)),
        );
        for (const { init } of apart) expect(init.equals(all.init)).toBe(true);
        const facts = ({ parsed }: typeof all) =>
          parsed.map(({ name, decodeTime, sampleCount, duration }) => ({
            name,
            decodeTime,
            sampleCount,
            duration,
          }));
        expect(apart.flatMap(facts)).toEqual(facts(all));
      }
    });
  } else {
    test('a part of the grid is refused', async () => {
      const whole = await subject.order('ntsc');
      const part = { ...whole, range: { ...whole.range, endFrame: 120 } };
      const { done } = await subject.transcoder.submit(part);
      await expect(done).rejects.toMatchObject({ code: 'TRANSCODE_ERROR' });
    });
  }
});
