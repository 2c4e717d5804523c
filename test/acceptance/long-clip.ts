import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';

const run = promisify(execFile);

/** Noise, so that x264 has work to do whatever the machine; some seconds for three renditions. */
const WORDS = [
  ...'-f lavfi -i testsrc2=s=1280x720:r=30:d=12 -f lavfi -i sine=frequency=440:sample_rate=48000:duration=12'.split(
    ' ',
  ),
  ...'-vf noise=alls=12:allf=t -c:v libx264 -preset ultrafast -crf 30 -pix_fmt yuv420p'.split(' '),
  ...'-c:a aac -b:a 96k -movflags +faststart'.split(' '),
];

/** A clip that takes long enough to be caught in mid-encode: 12 s of 1280 x 720. Made once a machine. */
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
