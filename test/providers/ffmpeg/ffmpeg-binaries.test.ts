import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFfmpeg, frameSyncOf, recipeOf } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';

describe('recipe', () => {
  const help = '  -hls_segment_options <dictionary> E.... set segments files format options of hls';
  test.each([
    ['5.0', 'libavformat    59. 16.100 / 59. 16.100', help, 'full', 'vsync'],
    ['5.1', 'libavformat    59. 27.100 / 59. 27.100', help, 'full', 'fps_mode'],
    ['7.0', 'libavformat    61.  1.100 / 61.  1.100', help, 'full', 'fps_mode'],
    ['4.4', 'libavformat    58. 76.100 / 58. 76.100', help, 'basic', 'vsync'],
    ['the build of 2018', 'libavformat    58. 24.100 / 58. 24.100', '', 'basic', 'vsync'],
    ['a build that says nothing', '', '', 'basic', 'vsync'],
  ])('%s', (_, banner, muxer, recipe, frameSync) => {
    expect(recipeOf(banner, muxer)).toBe(recipe);
    expect(frameSyncOf(banner)).toBe(frameSync);
  });
});

describe('search', () => {
  let folder: string;
  const program = async (name: string, script: string) => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-binaries-'));
    // Looks like a FFmpeg of distribution 5.1 to whoever asks.
    await program(
      'ffmpeg',
      `case "$*" in
        -version) echo "ffmpeg version 5.1.9-test Copyright"; echo "libavformat    59. 27.100";;
        *muxer=hls) echo "  -hls_segment_options <dictionary>";;
        *-encoders) echo " V..... libx264              x"; echo " A..... aac                  x";;
        *-filters) echo " T.. yadif             V->V       x"; echo " ..C zscale            V->V       x";;
      esac`,
    );
    await program('ffprobe', 'echo "ffprobe version 5.1.9-test"');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('PATH comes before the build of npm', async () => {
    const found = await findFfmpeg({ pathVariable: `/nowhere:${folder}` });
    expect(found).toMatchObject({
      ffmpeg: join(folder, 'ffmpeg'),
      ffprobe: join(folder, 'ffprobe'),
      version: '5.1.9-test',
      recipe: 'full',
      bundled: false,
      abilities: { toneMap: false, deinterlacer: 'yadif', padEnd: false, frameSync: 'fps_mode' },
      prlimit: null,
    });
    expect(found.notices).toEqual(["No prlimit on PATH: FFmpeg's memory is not bounded."]);
  });

  test('a given path is taken or is an error, never replaced', async () => {
    const given = { ffmpegPath: join(folder, 'ffmpeg'), ffprobePath: join(folder, 'ffprobe') };
    expect((await findFfmpeg({ ...given, pathVariable: '' })).ffmpeg).toBe(given.ffmpegPath);
    await expect(
      findFfmpeg({ ...given, ffmpegPath: '/nowhere/ffmpeg', pathVariable: folder }),
    ).rejects.toThrow('FFMPEG_PATH is /nowhere/ffmpeg, which is not a program.');
  });

  test('an FFmpeg without an encoder that is needed says so', async () => {
    const bare = await program('bare', '[ "$1" = -version ] && echo "ffmpeg version 5"; true');
    await expect(findFfmpeg({ ffmpegPath: bare, pathVariable: folder })).rejects.toThrow(
      `${bare} has no libx264 encoder`,
    );
  });

  test('a program that does not run here says so', async () => {
    const broken = await program('broken', 'exit 127');
    await expect(findFfmpeg({ ffmpegPath: broken, pathVariable: folder })).rejects.toThrow(
      `${broken} does not run on this machine`,
    );
  });
});
