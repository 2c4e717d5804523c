import { describe, expect, test } from 'vitest';
import { moment, oneOf, seconds, someOf, uuid, wholeNumber } from '#scripts/ops/arguments.ts';
import { count, duration, table } from '#scripts/ops/table.ts';

describe('what an operator may write', () => {
  test.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['7d', 604_800],
    ['0', 0],
    ['0s', 0],
  ])('%s is %d seconds', (text, expected) => expect(seconds(text)).toBe(expected));

  test.each(['', '30', 'm', '1 h', '-1h', '1.5h', '1w', '1e3s'])('%j is no time', (text) => {
    expect(() => seconds(text)).toThrow('It must look like 90s, 30m, 2h or 7d.');
  });

  test('so long ago that no date says it is no time either', () => {
    expect(seconds('3650d')).toBe(3650 * 86_400);
    for (const text of ['3651d', '999999d'])
      for (const read of [seconds, moment]) expect(() => read(text)).toThrow('ten years (3650d) or less');
  });

  test.each(['0', '11', '1.5', '', '-1', '1e1', ' 2'])('%j is no number from 1 to 10', (text) => {
    expect(() => wholeNumber(1, 10)(text)).toThrow('It must be a whole number from 1 to 10.');
  });

  test('one of a set, several of a set, an id', () => {
    expect(oneOf(['a', 'b'])('b')).toBe('b');
    expect(() => oneOf(['a', 'b'])('c')).toThrow('It must be one of a, b.');
    expect(someOf(['a', 'b'])('b', ['a'])).toEqual(['a', 'b']);
    expect(uuid('01937000-0000-7000-8000-00000000ABCD')).toBe('01937000-0000-7000-8000-00000000abcd');
    expect(() => uuid('x')).toThrow('It must be an id');
  });

  test('a moment, or how long ago', () => {
    expect(moment('2026-11-21T14:00:00+01:00').toISOString()).toBe('2026-11-21T13:00:00.000Z');
    const ago = Date.now() - moment('2h').getTime();
    expect(Math.round(ago / 60_000)).toBe(120);
    for (const text of ['yesterday', '2026', '2026-13-01', '14:00', ''])
      expect(() => moment(text), text).toThrow('It must look like 2026-11-21T14:00:00Z');
  });
});

describe('what an operator reads', () => {
  test('a table: its rows by line, numbers at the right, a dash for what is not there', () => {
    const lines = table(
      ['job', 'ready'],
      [
        ['purge-video', 7],
        ['reconcile', null],
        ['x', 120],
      ],
    ).split('\n');
    expect(lines.filter((line) => line.trim() !== '')).toEqual([
      'job          ready',
      'purge-video      7',
      'reconcile        -',
      'x              120',
    ]);
  });

  test('numbers with their nouns, times as exact as anybody wants them', () => {
    expect([count(1, 'video'), count(0, 'video'), count(2, 'entry', 'entries')]).toEqual([
      '1 video',
      '0 videos',
      '2 entries',
    ]);
    expect([45, 1800, 10_000, 200_000].map(duration)).toEqual(['45 s', '30 min', '2.8 h', '2.3 days']);
  });
});
