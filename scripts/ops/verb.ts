import type { Command } from 'commander';
import type { Platform } from '#bootstrap/platform.ts';
import type { Context } from '#domain/context.ts';
import { EXIT as PROGRAM_EXIT } from '../run-program.ts';
import type { ProgressBar } from './progress-bar.ts';

/** How a program of operators ends. Scripts may rely on it; `--help` shows it. */
export const EXIT = { ...PROGRAM_EXIT, refused: 3, partly: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a verb is given. */
export interface VerbCall<Options extends object = object> {
  /** As jobs have it: whoever reaches the database may do everything. */
  readonly context: Context;
  readonly platform: Platform;
  readonly options: Options & { readonly json?: true; readonly yes?: true };
  /** Fires at Ctrl-C: stop between two steps, and say in the result what is done. */
  readonly signal: AbortSignal;
  /** Goes on after a yes, or with --yes. Throws Refusal after a no, and where nobody can be asked. */
  confirm(question: string): Promise<void>;
  /** On stderr, on a terminal only. */
  progress(label: string): ProgressBar;
  /** A line for people while the work is under way; nothing with --json. */
  say(text: string): void;
}

/** What a verb has done. */
export interface VerbResult {
  /** The one document of --json. */
  readonly json: object;
  /** For people: what was done, then what to do next. */
  readonly text: readonly string[];
  /** Default: done. */
  readonly exitCode?: ExitCode;
}

/** Turns a verb's work into an action of commander. `Args` are the arguments of the command, as commander parses them. */
export type RunVerb = <Options extends object = object, Args extends unknown[] = []>(
  work: (call: VerbCall<Options>, ...args: Args) => Promise<VerbResult>,
) => (...given: unknown[]) => Promise<void>;

/** What a file of this folder exports: adds its command to the program. */
export type AddVerb = (program: Command, run: RunVerb) => void;

/** Arguments that do not go together, which commander cannot tell: one line, exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** The operator, or a rule, said no: one line, exit code 3. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
