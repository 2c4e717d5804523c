import { expect, test } from 'vitest';
import { runProgram } from './role-process.ts';

const child = async (mode: string) => {
  const run = runProgram(['test/bootstrap/shutdown-child.ts', mode], {});
  if (mode !== 'throws') await run.says('up');
  return run;
};

test('what was built last is taken down first, exit code 0', async () => {
  const run = await child('plain');
  run.signal('SIGTERM');
  expect(await run.exited).toBe(0);
  expect(run.out()).toBe('up\nsecond is down\nfirst is down\n');
});

test('a step that fails keeps no other from running', async () => {
  const run = await child('fails');
  run.signal('SIGINT');
  expect(await run.exited).toBe(0);
  expect(run.out()).toContain('third fails');
  expect(run.out()).toContain('first is down');
});

test('a second signal ends the process at once', async () => {
  const run = await child('hangs');
  run.signal('SIGTERM');
  await run.says('second waits');
  run.signal('SIGTERM');
  expect(await run.exited).toBe(1);
  expect(run.out()).not.toContain('first is down');
});

test('the echo that npm makes of Ctrl-C does not cut off an orderly end', async () => {
  const run = await child('waits');
  run.signal('SIGINT');
  await run.says('second waits');
  run.signal('SIGINT');
  run.signal('SIGUSR2');
  expect(await run.exited).toBe(0);
  expect(run.out()).toContain('first is down');
});

test('a start that is under way is let through first: cut off half-way it would leave servers behind', async () => {
  const run = await child('starts');
  run.signal('SIGTERM');
  await run.says('stopping');
  run.signal('SIGUSR2');
  expect(await run.exited).toBe(0);
  expect(run.out()).toMatch(/"stopping".*\nstarted\nsecond is down\nfirst is down\n/);
});

test('an error that nobody caught is logged and takes everything down, exit code 1', async () => {
  const run = await child('throws');
  expect(await run.exited).toBe(1);
  expect(run.out()).toContain('nobody caught this');
  expect(run.out()).toContain('first is down');
});
