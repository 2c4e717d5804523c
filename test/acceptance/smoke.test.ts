import { expect, test } from 'vitest';
import { startCommand, startProgram } from '#test/support/processes.ts';
import { makeLaptop } from './laptop.ts';

test('the smoke test of a deployment uploads, plays and deletes a video, and says so step by step', async () => {
  await using laptop = await makeLaptop();
  const running = await laptop.start();
  await using printed = startCommand(['npm', 'run', '--silent', 'token', '--', '--sub', 'smoke'], laptop.env);
  await printed.ended;
  const url = `http://127.0.0.1:${laptop.env.PORT}`;
  const env = { SLUICE_TOKEN: printed.out().trim() };
  await using smoke = startProgram(['scripts/smoke.ts', '--url', url], env);
  expect(await smoke.ended, smoke.err()).toEqual({ code: 0, signal: null });
  const steps = [...smoke.out().matchAll(/^(\w+) +ok {2}\d+\.\d s$/gm)].map(([, name]) => name);
  expect(steps).toEqual(['live', 'create', 'upload', 'ready', 'play', 'delete']);
  expect(smoke.out()).toMatch(/ [1-9]\d* segments, \S+master\.m3u8/);
  const left = await fetch(`${url}/api/videos`, { headers: { authorization: `Bearer ${env.SLUICE_TOKEN}` } });
  expect(await left.json()).toMatchObject({ items: [] });

  await using stranger = startProgram(['scripts/smoke.ts', '--url', url], { SLUICE_TOKEN: 'nobody' });
  expect(await stranger.ended).toEqual({ code: 1, signal: null });
  expect(stranger.err()).toMatch(/: create failed: POST \/api\/videos answered 401 /);

  running.signal('SIGTERM');
  expect((await running.ended).code).toBe(0);
});
