import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import type { Platform } from '#bootstrap/platform.ts';
import { verbRunner } from '#scripts/ops/run-verb.ts';
import { table } from '#scripts/ops/table.ts';

/** Clears the screen, sets the window's title, and rings; then the same order in one C1 character. */
const HOSTILE = 'moov\x1b[2J\x1b]0;owned\x07 \u009b31m\u202egnp.exe';
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be printed
const ORDERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;

test('what a file made FFmpeg say gives no orders to an operator’s terminal, and stays on its row', () => {
  const lines = table(['id', 'detail'], [['1', `${HOSTILE}\n2  another letter`]]).split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).not.toMatch(ORDERS);
  expect(lines[1]).toContain('moov');
});

test.each([
  ['a line outside of tables', {}, false],
  ['an error', {}, true],
  ['JSON', { json: true }, false],
  ['an error as JSON', { json: true }, true],
])('nor does %s', async (_what, options, fails) => {
  const written: string[] = [];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const before = process.exitCode;
  try {
    const platform = {
      context: () => ({}),
      close: async () => undefined,
      database: { url: 'postgres://h/d' },
    } as unknown as Platform;
    const command = new Command('show').option('--json');
    for (const [name, value] of Object.entries(options)) command.setOptionValue(name, value);
    await verbRunner(async () => platform)(async () => {
      if (fails) throw new Error(HOSTILE);
      return { json: { detail: HOSTILE }, text: [`detail ${HOSTILE}`] };
    })({}, command);
  } finally {
    out.mockRestore();
    err.mockRestore();
    process.exitCode = before;
  }
  expect(written.join('')).toContain('moov');
  expect(written.join('')).not.toMatch(ORDERS);
});
