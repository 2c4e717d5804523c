import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '#test/bootstrap/role-process.ts';
import { makeClip } from '#test/support/clips.ts';

async function cost(...args: string[]) {
  const run = runProgram(['scripts/cost.ts', ...args], {});
  return { code: await run.exited, out: run.out(), err: run.err() };
}

test('a file is looked at as an upload is: its length, its size and its ladder decide', async () => {
  const { code, out, err } = await cost(await makeClip('hd'), '--transcoder', 'coconut', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const body = JSON.parse(out);
  expect(body.transcode.lines.map(({ item }: { item: string }) => item)).toEqual(['720p', '480p', '360p']);
  // Five seconds: 5/60 x (0.015 + 2 x 0.0075)
  expect(Number(body.transcode.usd)).toBeCloseTo(0.0025, 5);
  const kept = body.storage[0].monthly.map(({ item }: { item: string }) => item);
  expect(kept).toEqual(['renditions', 'source']);
});

test('a file that an upload would be refused for has no price', async () => {
  const whole = await readFile(await makeClip('index-at-end'));
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-cut-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const cut = path.join(folder, 'cut.mp4');
  await writeFile(cut, whole.subarray(0, whole.byteLength / 2));
  const { code, out, err } = await cost(cut);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('would be refused (SOURCE_TRUNCATED)');
});
