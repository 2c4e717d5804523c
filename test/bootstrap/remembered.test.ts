import { afterEach, expect, test, vi } from 'vitest';
import { remembered } from '#bootstrap/remembered.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('an answer is had once and given to all, until it is too old', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let asked = 0;
  const ask = remembered(async () => ++asked, 1000);
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  vi.advanceTimersByTime(999);
  expect(await ask()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await ask()).toBe(2);
});

test('a failure is an answer: it does not make everybody ask again', async () => {
  let asked = 0;
  const ask = remembered(() => Promise.reject(new Error(`failed ${++asked}`)), 60_000);
  for (let i = 0; i < 2; i += 1) await expect(ask()).rejects.toThrow('failed 1');
});
