import { expect, test } from 'vitest';
import {
  decimalText,
  dividedBy,
  exact,
  fraction,
  microsOf,
  plus,
  times,
  usdText,
} from '#domain/cost/exact.ts';

test('what a float cannot hold stays exact', () => {
  expect(decimalText(plus(exact('0.1'), exact('0.2')), 20)).toBe('0.30000000000000000000');
  expect(microsOf(times(exact('0.0075'), fraction(2_877_121, 1000)))).toBe(21_578_408);
});

test('half a micro-dollar is rounded up, less is dropped', () => {
  expect(microsOf(exact('0.0000005'))).toBe(1);
  expect(microsOf(exact('0.00000049999'))).toBe(0);
  expect(microsOf(dividedBy(fraction(1), fraction(3)))).toBe(333_333);
});

test('micro-dollars are shown with all their digits', () => {
  expect([0, 1, 52_500, 96_577_740, 1_000_000_000_000].map(usdText)).toEqual([
    '0.000000',
    '0.000001',
    '0.052500',
    '96.577740',
    '1000000.000000',
  ]);
  expect(decimalText(exact('12.5'), 0)).toBe('13');
});

test.each(['', '-1', '1.', '.5', '1e3', '0x1', ' 1', 'NaN'])('%j is no amount', (text) => {
  expect(() => exact(text)).toThrow(RangeError);
});

test('nothing is divided by 0', () => {
  expect(() => dividedBy(fraction(1), fraction(0))).toThrow(RangeError);
});
