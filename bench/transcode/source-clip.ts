import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Makes 1080p30 with motion everywhere, noise that no two frames share, and a tone: H.264 at 14 Mb/s with a key frame
 * every 2 s, as a phone would record it.
 *
 * @returns the size in bytes
 */
export async function makeSourceClip(ffmpeg: string, file: string, seconds: number): Promise<number> {
  await run(ffmpeg, [
    ...['-y', '-nostdin', '-v', 'error'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=1920x1080:rate=30:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
    ...['-vf', 'noise=alls=14:allf=t+u', '-c:v', 'libx264', '-preset', 'superfast', '-pix_fmt', 'yuv420p'],
    ...['-b:v', '14M', '-maxrate', '18M', '-bufsize', '28M', '-g', '60'],
    ...['-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-movflags', '+faststart', file],
  ]);
  return (await stat(file)).size;
}
