import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diskSpool } from '#providers/storage/tus-disk-spool.ts';
import { SpoolFull } from '#providers/storage/tus-spool.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-spool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const spoolOf = (maxBytes = 1000) => diskSpool({ folder, maxBytes, concurrentSends: 2 });

test('a part is read as it was written, piece by piece', async () => {
  const part = await spoolOf().open(100);
  await part.append(Buffer.from('one '));
  await part.append(Buffer.from('two'));
  expect(part.sizeBytes).toBe(7);
  expect((await part.bytes()).toString()).toBe('one two');
  await part.drop();
});

test('no more room is given than there is, and what is given back can be had again', async () => {
  const spool = spoolOf();
  const [first] = [await spool.open(600), await spool.open(400)];
  await expect(spool.open(1)).rejects.toThrow(SpoolFull);
  await first.drop();
  await first.drop();
  const third = await spool.open(600);
  await expect(spool.open(1)).rejects.toThrow(SpoolFull);
  await third.drop();
});

test('nothing lies in the folder while parts arrive, and what a killed process left there goes', async () => {
  await writeFile(path.join(folder, 'left-behind'), 'x');
  const part = await spoolOf().open(100);
  await part.append(Buffer.from('bytes'));
  expect(await readdir(folder)).toEqual([]);
  await part.drop();
});

test('only so many parts are in memory at once, and none waits for ever', async () => {
  const spool = spoolOf();
  let running = 0;
  let most = 0;
  const work = async (n: number) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (n === 1) throw new Error('storage said no');
    return n;
  };
  const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((n) => spool.sending(() => work(n))));
  expect(most).toBe(2);
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
});
