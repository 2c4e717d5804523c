import { type Command, CommanderError, InvalidArgumentError } from 'commander';

/** How every program of this folder ends that is made with commander. Scripts may rely on it. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/**
 * Runs a program to its end and sets the exit code. A failure is one line on stderr.
 *
 * @param isWrongUsage which errors, beside those that commander finds by itself, are the caller's
 */
export async function runProgram(
  program: Command,
  isWrongUsage: (error: unknown) => boolean = () => false,
): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error, isWrongUsage);
  }
}

function exitCodeOf(error: unknown, isWrongUsage: (error: unknown) => boolean): number {
  // Commander prints what it finds itself, though not what an action throws; --help is no error.
  if (!(error instanceof CommanderError) || error instanceof InvalidArgumentError)
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  return isWrongUsage(error) ? EXIT.usage : EXIT.failed;
}
