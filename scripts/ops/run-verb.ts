import type { Command } from 'commander';
import { ConfigError } from '#bootstrap/config-error.ts';
import { databaseProblem } from '#bootstrap/database-problem.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { redactText } from '#bootstrap/redaction.ts';
import { StartFailure } from '#bootstrap/start-failure.ts';
import { DomainError } from '#domain/errors.ts';
import { confirm } from './confirm.ts';
import { operatorHere } from './operator-here.ts';
import { plainText } from './plain-text.ts';
import { progressBar } from './progress-bar.ts';
import {
  EXIT,
  type ExitCode,
  Refusal,
  type RunVerb,
  type VerbCall,
  type VerbResult,
  WrongUsage,
} from './verb.ts';

interface Common {
  readonly json?: true;
  readonly yes?: true;
  readonly verbose?: true;
}

/** Opens the deployment. The API need not run, and storage need not answer. */
export type OpenDeployment = (options: { verbose: boolean }) => Promise<Platform>;

/**
 * Runs each verb over a deployment opened for it, prints what it did, and sets the exit code. With --json stdout gets one
 * document whatever happens: the verb's, or `{"error":{"code","message"}}`.
 */
export function verbRunner(open: OpenDeployment): RunVerb {
  return (work) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      const options = command.optsWithGlobals<Common>();
      const interrupted = new AbortController();
      const onSignal = () => {
        // The second time nobody wants to wait any more.
        if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
        interrupted.abort();
      };
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
      let platform: Platform | undefined;
      try {
        platform = await open({ verbose: options.verbose === true });
        const call = callOf(platform, options, interrupted.signal);
        // The last two are commander's own: options and the command.
        const args = given.slice(0, -2);
        const result = await work(...([call, ...args] as unknown as Parameters<typeof work>));
        print(result, options.json === true);
        process.exitCode = interrupted.signal.aborted ? EXIT.interrupted : (result.exitCode ?? EXIT.done);
      } catch (error) {
        process.exitCode = report(error, options, platform, interrupted.signal);
      } finally {
        for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
        await platform?.close().catch(() => undefined);
      }
    };
}

function callOf(platform: Platform, options: Common, signal: AbortSignal): VerbCall {
  return {
    context: platform.context({ kind: 'system', operator: operatorHere() }),
    platform,
    options,
    signal,
    confirm: (question) => confirm(question, options.yes === true, signal),
    progress: (label) => progressBar(label),
    say: (text) => {
      if (!options.json) process.stdout.write(`${text}\n`);
    },
  };
}

function print({ json, text }: VerbResult, asJson: boolean): void {
  // In JSON a control character stands in a string only, where its escape means the same.
  process.stdout.write(`${plainText(asJson ? JSON.stringify(json, null, 2) : text.join('\n'))}\n`);
}

/** One line on stderr; the stack only for whoever asks for detail. */
function report(
  error: unknown,
  options: Common,
  platform: Platform | undefined,
  signal: AbortSignal,
): ExitCode {
  const { code, message } = explain(error, platform, signal);
  const stack = options.verbose && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  process.stderr.write(`${plainText(redactText(`${message}${stack}`))}\n`);
  if (options.json)
    process.stdout.write(
      `${plainText(JSON.stringify({ error: { code, message: redactText(message) } }, null, 2))}\n`,
    );
  if (signal.aborted) return EXIT.interrupted;
  if (error instanceof WrongUsage) return EXIT.usage;
  return error instanceof DomainError || error instanceof Refusal ? EXIT.refused : EXIT.failed;
}

function explain(
  error: unknown,
  platform: Platform | undefined,
  signal: AbortSignal,
): { code: string; message: string } {
  if (signal.aborted) return { code: 'interrupted', message: 'Interrupted; run it again to go on.' };
  if (error instanceof DomainError) return { code: error.code, message: error.message };
  if (error instanceof Refusal) return { code: 'refused', message: error.message };
  if (error instanceof WrongUsage) return { code: 'wrong_usage', message: error.message };
  if (error instanceof StartFailure || error instanceof ConfigError)
    return { code: 'not_started', message: error.message };
  const problem = platform && databaseProblem(error, platform.database);
  if (problem) return { code: 'database_unavailable', message: problem };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
