import { expect, test } from 'vitest';
import { retryWaitSeconds } from '#domain/notifications/retry-wait.ts';

const schedule = { retryWaitSeconds: [5, 300] };
const after = (attempts: number, retryAfterSeconds: number | null = null, random = 0) =>
  retryWaitSeconds(schedule, { attempts, retryAfterSeconds }, random);

test('each attempt has its wait, and the last one none', () => {
  expect([1, 2, 3, 4].map((attempts) => after(attempts))).toEqual([5, 300, null, null]);
});

test('waits are spread over a fifth, never shortened', () => {
  expect(after(2, null, 1)).toBe(360);
  expect(after(2, null, 0.5)).toBe(330);
});

test('a receiver can ask for a longer wait, up to a day, and never for a shorter one or one more attempt', () => {
  expect(after(1, 60)).toBe(60);
  expect(after(2, 60)).toBe(300);
  expect(after(1, 10 ** 9)).toBe(86_400);
  expect(after(3, 60)).toBeNull();
});
