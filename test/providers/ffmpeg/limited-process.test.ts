import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { scrub, startLimited } from '#providers/transcoders/ffmpeg/limited-process.ts';
import { RunExceeded, runToEnd } from '#providers/transcoders/ffmpeg/run-to-end.ts';

const shell = (script: string) => ({
  command: '/bin/sh',
  args: ['-c', script],
  memoryMaxBytes: 0,
  prlimit: null,
});
const limits = (
  overrides: { timeoutSeconds?: number; stdoutMaxBytes?: number; signal?: AbortSignal } = {},
) => ({
  timeoutSeconds: 20,
  stdoutMaxBytes: 1000,
  signal: new AbortController().signal,
  ...overrides,
});

test('nothing of our environment reaches the program', async () => {
  const { stdout } = await runToEnd({ ...shell(''), command: '/usr/bin/env', args: [] }, limits());
  expect(stdout.toString()).toBe('GCONV_PATH=/nonexistent\nMALLOC_ARENA_MAX=2\n');
});

test('a program that takes too long is ended with its children', async () => {
  const run = runToEnd(shell('sleep 60 & sleep 60'), limits({ timeoutSeconds: 0.1 }));
  await expect(run).rejects.toMatchObject({ name: 'RunExceeded', limit: 'time' });
});

test('a program that says too much is ended', async () => {
  const run = runToEnd(shell('while true; do echo chatter; done'), limits());
  await expect(run).rejects.toBeInstanceOf(RunExceeded);
});

test('an abort ends the program and gives its reason', async () => {
  const reason = new Error('on purpose');
  await expect(runToEnd(shell('sleep 60'), limits({ signal: AbortSignal.abort(reason) }))).rejects.toBe(
    reason,
  );
  const controller = new AbortController();
  const run = runToEnd(shell('sleep 60'), limits({ signal: controller.signal }));
  controller.abort(reason);
  await expect(run).rejects.toBe(reason);
});

test('a program that is not there is an error, not a crash', async () => {
  const run = runToEnd({ ...shell(''), command: '/nowhere/ffprobe' }, limits());
  await expect(run).rejects.toMatchObject({ code: 'ENOENT' });
});

test('only the end of what it complains about is kept', async () => {
  const { stderr, exitCode } = await runToEnd(
    shell('i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 3'),
    limits(),
  );
  expect(exitCode).toBe(3);
  expect(stderr.length).toBeLessThanOrEqual(8000);
  expect(stderr).toContain('line 2999');
});

test('progress comes over its own pipe', async () => {
  const child = startLimited(shell('echo frame=1 >&3'));
  child.stdout.resume();
  expect(await text(child.progress)).toBe('frame=1\n');
  await child.ended;
});

test('addresses and folders are taken out of messages', () => {
  const said =
    "[http] http://127.0.0.1:4711/0123abcd: 404\n/tmp/job-1/360p/init.mp4: No space left on 'https://s3/x?sig=1'";
  expect(scrub(said, ['/tmp/job-1'])).toBe(
    "[http] (source) 404\n…/360p/init.mp4: No space left on '(source)'",
  );
});
