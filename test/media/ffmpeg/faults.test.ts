import { readdir, readFile, stat } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { FfmpegTranscoderOptions } from '#providers/transcoders/ffmpeg/transcode-run.ts';
import { demuxerOfClip, makeClip } from '#test/support/clips.ts';
import { waitFor as waitUntil } from '#test/support/conditions.ts';
import { processesNaming } from './child-processes.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { orderFor } from './orders.ts';
import { type FfmpegSubject, ffmpegSubject } from './subject.ts';

const found = await foundFfmpegs();

/** FFmpeg runs below everything else in priority: on a busy machine it may take its time. */
const waitFor = <T>(what: string, probe: () => Promise<T | undefined | false>) =>
  waitUntil(what, probe, { timeoutMs: 60_000 });

describe.each(found)('$title', ({ binaries }) => {
  let subject: FfmpegSubject;
  const open = async (overrides?: Partial<FfmpegTranscoderOptions>) => {
    subject = await ffmpegSubject(binaries, overrides);
    return subject;
  };
  const running = (prefix = subject.media.tmpDir) =>
    waitFor('FFmpeg at work', async () => (await processesNaming(prefix)).find(({ pid }) => pid > 0));
  const nothingLeft = async () => {
    expect(await readdir(subject.media.tmpDir)).toEqual([]);
    expect(await processesNaming(subject.media.tmpDir)).toEqual([]);
    await waitFor('every read to be closed', async () => subject.media.openReads() === 0);
  };
  afterEach(() => subject.close());

  test('reads that break off are resumed and the encode succeeds', async () => {
    const { media, transcoder, order } = await open();
    const job = await order('h264');
    media.cutReads = 3;
    const { done } = await transcoder.submit(job);
    expect((await done).durationSeconds).toBeCloseTo(3, 3);
    expect(media.cutReads).toBe(0);
    await nothingLeft();
  });

  test('storage that stays away ends the attempt, not the source', async () => {
    const { media, transcoder, order } = await open();
    const job = await order('h264');
    media.onRead = () => {
      throw new Error('503 at storage.internal');
    };
    const { done } = await transcoder.submit(job);
    await expect(done).rejects.toMatchObject({ name: 'TranscodeFailure', code: 'TRANSCODE_ERROR' });
    await nothingLeft();
  });

  test.each(['object_changed', 'object_not_found'])('%s in mid-encode is SOURCE_CHANGED', async (code) => {
    const { media, transcoder, order } = await open();
    const job = await order('h264');
    media.cutReads = 1;
    media.onRead = () => {
      if (media.cutReads === 0) throw Object.assign(new Error('412'), { code });
    };
    const { done, providerJobId } = await transcoder.submit(job);
    await expect(done).rejects.toMatchObject({ name: 'SourceRejected', code: 'SOURCE_CHANGED' });
    expect(await transcoder.status({ providerJobId, order: job })).toMatchObject({ state: 'failed' });
    expect(await media.outputKeys()).not.toContain(`${job.outputPrefix}master.m3u8`);
    await nothingLeft();
  });

  test('a source of another size is SOURCE_CHANGED', async () => {
    const { transcoder, order } = await open();
    const job = await order('h264');
    const shrunk = { ...job, source: { ...job.source, sizeBytes: job.source.sizeBytes - 1 } };
    await expect((await transcoder.submit(shrunk)).done).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await nothingLeft();
  });

  test('FFmpeg is told the gateway and nothing else of ours', async () => {
    const { transcoder, order } = await open();
    const { done, providerJobId } = await transcoder.submit(await order('long'));
    done.catch(() => undefined);
    const { commandLine, environment } = await running();
    const addresses = commandLine.match(/[a-z]+:\/\/[^\s\0]+/g) ?? [];
    expect(addresses).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}$/)]);
    expect(environment.split('\0').filter(Boolean)).toEqual([
      'GCONV_PATH=/nonexistent',
      'MALLOC_ARENA_MAX=2',
    ]);
    await transcoder.cancel(providerJobId);
    await nothingLeft();
  });

  test('an FFmpeg that hangs ends as TRANSCODE_TIMEOUT', async () => {
    const { transcoder, order } = await open({ stallSeconds: 3 });
    const { done } = await transcoder.submit(await order('long'));
    done.catch(() => undefined);
    const { pid } = await running();
    process.kill(pid, 'SIGSTOP');
    await expect(done).rejects.toMatchObject({ name: 'TranscodeFailure', code: 'TRANSCODE_TIMEOUT' });
    await nothingLeft();
  });

  test('an encode that takes too long ends as TRANSCODE_TIMEOUT', async () => {
    const { transcoder, order } = await open({ minTotalSeconds: 0.5, maxSecondsPerSourceSecond: 0 });
    const { done } = await transcoder.submit(await order('long'));
    await expect(done).rejects.toMatchObject({ code: 'TRANSCODE_TIMEOUT' });
    await nothingLeft();
  });

  test('FFmpeg waits while storage cannot take its segments', async () => {
    const { media, transcoder, order } = await open({ tmpMaxBytes: 100_000 });
    const storage = Promise.withResolvers<void>();
    media.onWrite = () => storage.promise;
    const job = await order('long');
    const { done } = await transcoder.submit(job);
    const { pid } = await waitFor('FFmpeg to be stopped', async () =>
      (await processesNaming(media.tmpDir)).find(({ state }) => state === 'T'),
    );
    expect((await readFile(`/proc/${pid}/stat`, 'latin1')).includes(') T ')).toBe(true);
    storage.resolve();
    expect((await done).durationSeconds).toBeCloseTo(20, 3);
    await nothingLeft();
  });

  test('segments leave the disk while the encode goes on', async () => {
    const { media, transcoder, order } = await open();
    const job = await order('long');
    const { done } = await transcoder.submit(job);
    done.catch(() => undefined);
    await waitFor('the first segment in storage', async () => media.written.length > 0);
    const progress = await waitFor('some progress', async () => {
      const status = await transcoder.status({ providerJobId: job.jobId, order: job });
      return status.state === 'running' && status.progressPercent > 0 && status.progressPercent;
    });
    expect(progress).toBeLessThan(100);
    await done;
    expect(media.written.at(-1)).toBe(`${job.outputPrefix}master.m3u8`);
  });

  test('an output that cannot be stored ends the attempt', async () => {
    const { media, transcoder, order } = await open();
    const job = await order('h264');
    media.onWrite = (key) => {
      if (key.endsWith('segment_00000.m4s')) throw new Error('507 at storage.internal');
    };
    await expect((await transcoder.submit(job)).done).rejects.toMatchObject({ code: 'TRANSCODE_ERROR' });
    expect(await media.outputKeys()).not.toContain(`${job.outputPrefix}master.m3u8`);
    await nothingLeft();
  });

  test('a canceled job leaves no process and no file', async () => {
    const { transcoder, order } = await open();
    const { done, providerJobId } = await transcoder.submit(await order('long'));
    done.catch(() => undefined);
    await running();
    await transcoder.cancel(providerJobId);
    await nothingLeft();
    await expect(done).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('FFmpeg runs within its memory and its failure names no address', async () => {
    const { transcoder, order } = await open({ memoryMaxBytes: 150 * 1024 ** 2 });
    const { done } = await transcoder.submit(await order('hd'));
    const error = await done.catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'TranscodeFailure', code: 'TRANSCODE_ERROR' });
    expect(String(error)).not.toMatch(/127\.0\.0\.1|sluice-ffmpeg-/);
    await nothingLeft();
  });

  test('a source that breaks off under its index is SOURCE_TRUNCATED though FFmpeg says 0', async () => {
    const { media, transcoder, inspect } = await open();
    const path = await makeClip('h264');
    const probe = await inspect(await media.addSource(path, demuxerOfClip('h264')));
    const { size } = await stat(path);
    const cut = await media.addSourceBytes((await readFile(path)).subarray(0, size / 2), 'mov');
    const { done } = await transcoder.submit(orderFor(cut, probe));
    await expect(done).rejects.toMatchObject({ name: 'SourceRejected', code: 'SOURCE_TRUNCATED' });
    await nothingLeft();
  });
});
