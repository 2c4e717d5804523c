import { expect, test } from 'vitest';
import { frameRates, rational } from '#providers/transcoders/ffmpeg/frame-rates.ts';

test.each([
  ['a constant rate', '30/1', '30/1', '30/1', false],
  ['NTSC', '30000/1001', '30000/1001', '30000/1001', false],
  ["a phone's almost constant rate is put on its grid", '33270/1109', '30/1', '30/1', false],
  ['fields counted as frames', '25/1', '50/1', '25/1', false],
  ['NTSC fields', '30000/1001', '60000/1001', '30000/1001', false],
  ['a rate that varies', '88/5', '30/1', '88/5', true],
  ['a screen recording on a fine grid', '1391/60', '90000/1', '1391/60', true],
  ['no average', '0/0', '30/1', '30/1', false],
  ["no average on a container's clock", '0/0', '1000/1', '25/1', true],
  ['nothing known', '0/0', '0/0', '25/1', false],
])('%s: %s on %s is %s', (_, average, base, expected, variable) => {
  const rates = frameRates(average, base);
  expect(rates.averageFrameRate).toEqual(rational(expected));
  expect(rates.variableFrameRate).toBe(variable);
});

test('fractions are reduced and nonsense is none', () => {
  expect(rational('16:11')).toEqual({ numerator: 16, denominator: 11 });
  expect(rational('50/2')).toEqual({ numerator: 25, denominator: 1 });
  for (const text of ['0/0', 'N/A', '', '1/0', '-1/2', undefined]) expect(rational(text)).toBeNull();
});
