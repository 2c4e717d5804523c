import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';

const run = promisify(execFile);

/** More on a larger machine, which is done with them sooner. */
const SECONDS = Math.max(14, 4 * availableParallelism());
/** Noise, so that x264 has work to do. */
const WORDS = [
  `-f lavfi -i testsrc2=s=854x480:r=30:d=${SECONDS} -f lavfi -i sine=frequency=440:sample_rate=48000:duration=${SECONDS}`,
  '-vf noise=alls=12:allf=t -c:v libx264 -preset ultrafast -crf 30 -pix_fmt yuv420p',
  '-c:a aac -b:a 96k -movflags +faststart',
]
  .join(' ')
  .split(' ');

/** A clip whose transcode takes some seconds, so that it is caught in the middle: 854 x 480, two renditions. Made once a machine. */
export async function longClip(): Promise<string> {
  const { ffmpeg } = await findFfmpeg({ pathVariable: process.env.PATH ?? '' });
  const name = createHash('sha256')
    .update([ffmpeg, ...WORDS].join('\0'))
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(tmpdir(), 'sluice-clips');
  const file = path.join(folder, `acceptance-${name}.mp4`);
  if (await exists(file)) return file;
  await mkdir(folder, { recursive: true });
  const unfinished = path.join(folder, `${randomUUID()}.mp4`);
  try {
    await run(ffmpeg, ['-y', '-nostdin', '-v', 'error', ...WORDS, unfinished]);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  return file;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
