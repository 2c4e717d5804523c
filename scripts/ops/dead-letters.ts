import type { Command } from 'commander';
import type { DeadLetter } from '#domain/operations/dead-letter.entity.ts';
import { getDeadLetter } from '#domain/operations/get-dead-letter.ts';
import { listDeadLetters } from '#domain/operations/list-dead-letters.ts';
import { REPLAYS_PER_MINUTE } from '#domain/operations/replay-videos.ts';
import { retryDeadLetter } from '#domain/operations/retry-dead-letter.ts';
import { type RetriedLetter, retryDeadLetters } from '#domain/operations/retry-dead-letters.ts';
import { uuid, wholeNumber } from './arguments.ts';
import { count, duration, table } from './table.ts';
import { type AddVerb, EXIT, type RunVerb, type VerbCall, type VerbResult, WrongUsage } from './verb.ts';

interface Filter {
  readonly reason?: string;
  readonly task?: string;
}

/** `dead-letters`: jobs that failed for good. */
export const addDeadLetters: AddVerb = (program, run) => {
  const letters = program.command('dead-letters').description('Jobs that failed for good: list, show, retry');
  addList(letters, run);
  letters
    .command('show')
    .description('All that is known of one')
    .argument('<id>', 'as `list` shows it', uuid)
    .action(
      run<object, [string]>(async ({ context }, id) => {
        const letter = jsonOf(await getDeadLetter(context, { id }));
        const lines = Object.entries(letter).map(
          ([name, value]) =>
            `${name.padEnd(10)} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
        );
        return {
          json: letter,
          text: [...lines, letter.retriedAt ? 'It was retried.' : `Next: ops dead-letters retry ${id}`],
        };
      }),
    );
  addRetry(letters, run);
};

function addList(letters: Command, run: RunVerb): void {
  letters
    .command('list')
    .description('The newest first')
    .option('--reason <code>', 'only those that ended for this')
    .option('--task <name>', 'only jobs of this name')
    .option('--limit <n>', 'so many at most', wholeNumber(1, 100), 20)
    .option('--before <id>', 'older than this one: `nextBefore` of the page before', uuid)
    .action(
      run<Filter & { limit: number; before?: string }>(async ({ context, options }) => {
        const { reason, task, limit, before } = options;
        const page = await listDeadLetters(context, {
          limit,
          ...(reason !== undefined && { reason }),
          ...(task !== undefined && { task }),
          ...(before !== undefined && { before }),
        });
        const ageOf = ({ createdAt }: DeadLetter) =>
          duration((context.now().getTime() - createdAt.getTime()) / 1000);
        const rows = page.items.map((letter) => [
          letter.id,
          letter.task,
          letter.reason,
          letter.videoId ?? null,
          ageOf(letter),
          (letter.detail ?? '').slice(0, 60),
        ]);
        return {
          json: { items: page.items.map(jsonOf), nextBefore: page.nextBefore },
          text:
            rows.length === 0
              ? ['There are no dead letters.']
              : [
                  table(['id', 'job', 'reason', 'video', 'age', 'detail'], rows),
                  ...(page.nextBefore ? [`Older ones: --before ${page.nextBefore}`] : []),
                  'Next: ops dead-letters retry <id>, or retry --all --reason <code>',
                ],
        };
      }),
    );
}

function addRetry(letters: Command, run: RunVerb): void {
  const { default: perMinute, max } = REPLAYS_PER_MINUTE;
  letters
    .command('retry')
    .description('Run one again; or all of one reason, so many a minute and behind fresh uploads')
    .argument('[id]', 'as `list` shows it', uuid)
    .option('--all', 'all of --reason')
    .option('--reason <code>', 'with --all: those that ended for this')
    .option('--task <name>', 'with --all: only jobs of this name')
    .option('--per-minute <n>', 'with --all: how many begin in a minute', wholeNumber(1, max), perMinute)
    .action(
      run<Filter & { all?: true; perMinute: number }, [string | undefined]>(async (call, id) => {
        const { all, reason } = call.options;
        if (id !== undefined && !all) {
          await retryDeadLetter(call.context, { id });
          return { json: { retried: id }, text: [`Queued again: ${id}`, 'Next: ops status'] };
        }
        if (id !== undefined || !all || reason === undefined)
          throw new WrongUsage('Name one id, or --all with a --reason.');
        return retryAll(call, reason);
      }),
    );
}

async function retryAll(
  { context, options, signal, progress }: VerbCall<Filter & { perMinute: number }>,
  reason: string,
): Promise<VerbResult> {
  const { task, perMinute } = options;
  const bar = progress('retrying');
  const letters: RetriedLetter[] = [];
  let problem: string | null = null;
  let before: string | undefined;
  do {
    const batch = await retryDeadLetters(context, { reason, task, perMinute, before, limit: 50 });
    letters.push(...batch.letters);
    problem = batch.problem;
    before = batch.nextBefore ?? undefined;
    bar.show(letters.length, letters.length + (before ? 50 : 0), count(letters.length, 'letter'));
  } while (before !== undefined && !signal.aborted);
  bar.end();
  const refused = letters.filter((letter) => letter.refused !== null);
  const rows = refused.map((letter) => [letter.id, letter.task, letter.refused]);
  return {
    json: { letters, problem },
    text: [
      ...(rows.length > 0 ? [table(['id', 'job', 'refused because'], rows)] : []),
      `${letters.length - refused.length} of ${count(letters.length, 'dead letter')} queued again.`,
      ...(problem === null ? [] : [`Storage does not answer (${problem}): run it again for the others.`]),
      'Next: ops status --watch',
    ],
    exitCode: problem === null && refused.length === 0 ? EXIT.done : EXIT.partly,
  };
}

function jsonOf(letter: DeadLetter) {
  const { id, task, payload, videoId, reason, detail, createdAt, retriedAt } = letter;
  return {
    id,
    task,
    reason,
    detail: detail ?? null,
    videoId: videoId ?? null,
    payload,
    createdAt: createdAt.toISOString(),
    retriedAt: retriedAt?.toISOString() ?? null,
  };
}
