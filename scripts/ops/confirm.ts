import { createInterface } from 'node:readline/promises';
import { Refusal } from './verb.ts';

/**
 * Asks before something that cannot be taken back.
 *
 * @throws Refusal after anything but a yes, and where stdin or stderr is no terminal
 */
export async function confirm(question: string, yes: boolean, signal: AbortSignal): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new Refusal(`${question} Nothing was done: say --yes where nobody can be asked.`);
  // On stderr: stdout is for the result.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new Refusal('Nothing was done.');
  } finally {
    terminal.close();
  }
}
