import { execFile } from 'node:child_process';
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { boxes } from '#providers/transcoders/ffmpeg/mp4-boxes.ts';
import type { OutputAsset, TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import type { ClipName } from '#test/support/clips.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { type FfmpegSubject, ffmpegSubject } from './subject.ts';

const run = promisify(execFile);

interface Stream {
  readonly codec_type: string;
  readonly width?: number;
  readonly height?: number;
  readonly start_time: string;
  readonly duration: string;
  readonly nb_frames: string;
  readonly nb_read_frames: string;
}

/** Decodes a whole file as a player would. Throws when ffprobe complains about anything. */
async function decodeFile(ffprobe: string, path: string): Promise<Stream[]> {
  const args = ['-v', 'warning', '-count_frames', '-show_streams', '-of', 'json', path];
  const { stdout, stderr } = await run(ffprobe, args, { env: { GCONV_PATH: '/nonexistent' } });
  if (stderr.trim() !== '') throw new Error(`${path}: ${stderr}`);
  return JSON.parse(stdout).streams;
}

/** MD5 of every decoded picture and of all sound: what a viewer sees and hears, whatever it was packed in. */
async function essence(ffmpeg: string, path: string, map: string): Promise<string[]> {
  const args = `-v error -allowed_extensions ALL -i ${path} -map ${map} -f framemd5 -`.split(' ');
  const { stdout } = await run(
    ffmpeg,
    path.endsWith('.mp4') ? args.filter((a) => !/^(-allowed_extensions|ALL)$/.test(a)) : args,
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

for (const { title, binaries } of await foundFfmpegs()) {
  describe(`MP4 renditions: ${title}`, () => {
    let subject: FfmpegSubject;
    afterEach(() => subject.close());

    async function make(clip: ClipName, overrides: Partial<TranscodeOrder> = {}) {
      // As in production: it makes frames that are shown later than they are decoded.
      subject = await ffmpegSubject(binaries, { preset: 'veryfast' });
      const order = await subject.order(clip, { mp4Renditions: true, segmentSeconds: 1, ...overrides });
      const { done } = await subject.transcoder.submit(order);
      const output = await done;
      const mp4s = output.assets.filter(({ type }) => type === 'MP4');
      const pathOf = (asset: Pick<OutputAsset, 'key'>) => join(subject.media.outputFolder, asset.key);
      return { order, mp4s, pathOf };
    }

    test('hold the very pictures and sounds of the segments, from the first to the last, index in front', async () => {
      const { order, mp4s, pathOf } = await make('h264');
      expect(mp4s.map(({ key, qualityLabel, container }) => [key, qualityLabel, container])).toEqual(
        order.ladder.map(({ label }) => [`${order.outputPrefix}${label}.mp4`, label, 'mp4']),
      );
      for (const asset of mp4s) {
        const path = pathOf(asset);
        expect(boxes(await readFile(path)).map(({ type }) => type)).toEqual(['ftyp', 'moov', 'mdat']);
        // Pictures that are shown later than they are decoded: without them the times below would prove little.
        expect((await readFile(path)).includes('ctts')).toBe(true);
        const [video, audio, ...others] = await decodeFile(binaries.ffprobe, path);
        expect(others).toEqual([]);
        expect(video).toMatchObject({
          codec_type: 'video',
          width: asset.width,
          height: asset.height,
          nb_frames: '90',
          nb_read_frames: '90',
        });
        expect(Number(video?.start_time)).toBe(0);
        expect(Number(video?.duration)).toBeCloseTo(3, 2);
        expect(audio).toMatchObject({ codec_type: 'audio' });
        expect(Number(audio?.start_time)).toBe(0);
        expect(Number(audio?.duration)).toBeCloseTo(3, 1);
        const folder = join(subject.media.outputFolder, order.outputPrefix);
        const rendition = join(folder, asset.qualityLabel, 'playlist.m3u8');
        expect(await essence(binaries.ffmpeg, path, '0:v')).toEqual(
          await essence(binaries.ffmpeg, rendition, '0:v'),
        );
        const sound = join(folder, 'audio', 'playlist.m3u8');
        expect(await essence(binaries.ffmpeg, path, '0:a')).toEqual(
          await essence(binaries.ffmpeg, sound, '0:a'),
        );
      }
    });

    test('can be sought in: the index names the pictures that need none before them, one a second', async () => {
      const { mp4s, pathOf } = await make('ntsc', { segmentSeconds: 2 });
      const [mp4] = mp4s;
      const bytes = await readFile(mp4 ? pathOf(mp4) : '');
      const table = bytes.subarray(bytes.indexOf('stss') + 8);
      const keys = Array.from({ length: table.readUInt32BE(0) }, (_, i) => table.readUInt32BE(4 + 4 * i));
      expect(keys).toEqual([1, 31, 61, 91, 121]);
    });

    test('of a silent video have one track', async () => {
      const { mp4s, pathOf } = await make('silent');
      const [mp4] = mp4s;
      const streams = await decodeFile(binaries.ffprobe, mp4 ? pathOf(mp4) : '');
      expect(streams.map(({ codec_type }) => codec_type)).toEqual(['video']);
    });
  });
}

describe('MP4 renditions in trouble', () => {
  let subject: FfmpegSubject;
  afterEach(() => subject.close());
  const prepare = async () => {
    const [found] = await foundFfmpegs();
    if (!found) throw new Error('no FFmpeg');
    subject = await ffmpegSubject(found.binaries);
    return subject.order('one-second', { mp4Renditions: true });
  };
  const outcome = async (order: TranscodeOrder) => {
    const { done } = await subject.transcoder.submit(order);
    return done.then(
      () => 'done',
      (error: { code?: string; name: string; message: string }) =>
        `${error.code ?? error.name}: ${error.message}`,
    );
  };

  test('a write that fails is begun anew, and nobody encodes again', async () => {
    const order = await prepare();
    let failures = 2;
    subject.media.onWrite = (key) => {
      if (key.endsWith('.mp4') && !key.endsWith('init.mp4') && failures-- > 0)
        throw new Error('storage is away');
    };
    expect(await outcome(order)).toBe('done');
  });

  test('a write that fails for good fails the attempt, and no master is published', async () => {
    const order = await prepare();
    subject.media.onWrite = (key) => {
      if (key.endsWith('180p.mp4')) throw new Error('storage is away');
    };
    expect(await outcome(order)).toMatch(/^TRANSCODE_ERROR: 180p\.mp4 could not be stored/);
    expect(await subject.media.outputKeys()).not.toContain(`${order.outputPrefix}master.m3u8`);
  });

  test("a segment that is gone fails the attempt and blames nobody's source", async () => {
    const order = await prepare();
    subject.media.onReadOutput = () => {
      throw Object.assign(new Error('gone'), { code: 'object_not_found' });
    };
    expect(await outcome(order)).toMatch(/^TRANSCODE_ERROR: 180p\.mp4 could not be stored/);
  });

  test('what storage gives back damaged is found by the look at it', async () => {
    const order = await prepare();
    subject.media.onReadOutput = async (key) => {
      // The finished file loses its index.
      if (key.endsWith('180p.mp4')) await truncate(join(subject.media.outputFolder, key), 20);
    };
    expect(await outcome(order)).toMatch(/^TRANSCODE_ERROR: 180p\.mp4 cannot be played/);
  });

  test('a cancellation in the middle leaves no master', async () => {
    const order = await prepare();
    subject.media.onReadOutput = async () => {
      // Not waited for: the cancellation ends when this read has.
      subject.transcoder.cancel(order.jobId).catch(() => undefined);
    };
    expect(await outcome(order)).toMatch(/AbortError|canceled/);
    expect(await subject.media.outputKeys()).not.toContain(`${order.outputPrefix}master.m3u8`);
  });
});
