import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { waitFor } from '#test/support/conditions.ts';

/** A worker that starts a program, pauses it, and says its pid. */
const WORKER = `
  import { startLimited } from '#providers/transcoders/ffmpeg/limited-process.ts';
  const child = startLimited({ command: '/bin/sleep', args: ['600'], memoryMaxBytes: 2 ** 32, prlimit: null,
    setpriv: process.argv[1] === 'none' ? null : process.argv[1] });
  child.pause();
  console.log(child.pid);
  setInterval(() => {}, 1000);`;

function stateOf(pid: number): string | null {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? null;
}

function parentOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
}

async function pausedUnderWorker(setpriv: string): Promise<{ pid: number; killWorker: () => void }> {
  const root = path.resolve(import.meta.dirname, '../../..');
  const args = ['--input-type=module-typescript', '--eval', WORKER, setpriv];
  const worker = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) =>
    worker.stdout.once('data', (text) => resolve(Number(text))),
  );
  await waitFor('the program to be paused', async () => stateOf(pid) === 'T');
  return { pid, killWorker: () => worker.kill('SIGKILL') };
}

test('a paused encoder dies with a worker that is killed', async () => {
  const { setpriv } = await findFfmpeg({ pathVariable: process.env.PATH ?? '' });
  expect(setpriv, 'setpriv of util-linux is on every Linux we test on').not.toBeNull();
  const { pid, killWorker } = await pausedUnderWorker(setpriv ?? '');
  killWorker();
  await waitFor('the program to be gone', async () => [null, 'Z'].includes(stateOf(pid)));
});

test('without setpriv it would stay, which is why it is looked for', async () => {
  const { pid, killWorker } = await pausedUnderWorker('none');
  const parent = parentOf(pid);
  killWorker();
  await waitFor('another parent than the worker', async () => parentOf(pid) !== parent);
  expect(stateOf(pid)).toBe('T');
  process.kill(pid, 'SIGKILL');
});
