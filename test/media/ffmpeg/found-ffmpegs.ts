import { type FfmpegBinaries, findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';

export interface FoundFfmpeg {
  /** For the names of tests: which recipe they are about. */
  readonly title: string;
  readonly binaries: FfmpegBinaries;
}

/** npm's build, and what FFMPEG_PATH or PATH has: each recipe once. Throws when there is none at all. */
export async function foundFfmpegs(): Promise<FoundFfmpeg[]> {
  const path = process.env.PATH ?? '';
  const machine = await findFfmpeg({
    ffmpegPath: process.env.FFMPEG_PATH,
    ffprobePath: process.env.FFPROBE_PATH,
    pathVariable: path,
  });
  const bundled = await findFfmpeg({ pathVariable: '' }).catch(() => null);
  const prlimit = machine.prlimit;
  const all = bundled && bundled.recipe !== machine.recipe ? [machine, { ...bundled, prlimit }] : [machine];
  return all.map((binaries) => ({
    title: `${binaries.recipe} recipe, FFmpeg ${binaries.version}`,
    binaries,
  }));
}
