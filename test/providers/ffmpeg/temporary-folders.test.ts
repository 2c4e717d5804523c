import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryFolder, sweepTemporary } from '#providers/transcoders/ffmpeg/temporary-folders.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-temporary-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a folder goes when its scope is left, by an error too', async () => {
  const failing = async () => {
    await using folder = await makeTemporaryFolder(join(root, 'made', 'on', 'demand'));
    await mkdir(join(folder.path, 'inside'));
    throw new Error('on purpose');
  };
  await expect(failing()).rejects.toThrow('on purpose');
  expect(await readdir(join(root, 'made', 'on', 'demand'))).toEqual([]);
});

test('folders of the living stay', async () => {
  await using folder = await makeTemporaryFolder(root);
  expect(await sweepTemporary(root)).toBe(0);
  expect(await readdir(root)).toEqual([folder.path.slice(root.length + 1)]);
});

test('folders of the dead go, and of those whose number another process has now', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  await mkdir(join(root, `sluice-ffmpeg-${child.pid}-12345-abcdef`));
  await mkdir(join(root, `sluice-ffmpeg-${process.pid}-1-abcdef`));
  await mkdir(join(root, 'somebody-elses'));
  expect(await sweepTemporary(root)).toBe(2);
  expect(await readdir(root)).toEqual(['somebody-elses']);
});

test('a folder that does not exist holds nothing', async () => {
  expect(await sweepTemporary(join(root, 'none'))).toBe(0);
});

test('a name tells its process and when that began', async () => {
  await using folder = await makeTemporaryFolder(root);
  const stat = await readFile(`/proc/${process.pid}/stat`, 'latin1');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  expect(folder.path).toContain(`sluice-ffmpeg-${process.pid}-${started}-`);
});
