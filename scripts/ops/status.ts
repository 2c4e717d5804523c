import { type PipelineView, showPipeline } from '#domain/operations/show-pipeline.ts';
import { wholeNumber } from './arguments.ts';
import { plainText } from './plain-text.ts';
import { count, duration, table } from './table.ts';
import { type AddVerb, type VerbCall, type VerbResult, WrongUsage } from './verb.ts';

interface StatusOptions {
  readonly watch?: true;
  readonly every: number;
}

const CLEAR_SCREEN = '\x1b[2J\x1b[H';

/** `status`: how the pipeline stands. */
export const addStatus: AddVerb = (program, run) => {
  program
    .command('status')
    .description('Show pause and throttle, the queue, what is at work, who waits, transcoders, dead letters')
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--every <seconds>', 'with --watch', wholeNumber(1, 3600), 2)
    .action(run<StatusOptions>(status));
};

async function status({ context, options, signal, say }: VerbCall<StatusOptions>): Promise<VerbResult> {
  if (options.watch && options.json)
    throw new WrongUsage('--watch is for people; a script runs `status --json` as often as it likes.');
  let view = await showPipeline(context);
  while (options.watch && !signal.aborted) {
    say(`${process.stdout.isTTY ? CLEAR_SCREEN : ''}${plainText(describe(view).join('\n'))}\n`);
    await pause(options.every * 1000, signal);
    if (!signal.aborted) view = await showPipeline(context);
  }
  return { json: view, text: options.watch ? [] : describe(view) };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

function describe(view: PipelineView): string[] {
  const ago = (since: Date | null) => (since ? duration((view.at.getTime() - since.getTime()) / 1000) : null);
  const seconds = (value: number | null) => (value === null ? null : duration(value));
  const { pausedAt, reason, maxOpenAttempts, lastOrder } = view;
  const state = pausedAt
    ? `PAUSED since ${pausedAt.toISOString()}${reason ? `: ${reason}` : ''}`
    : 'The pipeline runs';
  return [
    `${state}; ${maxOpenAttempts === null ? 'no throttle' : `throttled to ${count(maxOpenAttempts, 'attempt')}`}.`,
    ...(lastOrder ? [`Steered last by ${lastOrder.by}, ${ago(lastOrder.at)} ago.`] : []),
    ...section(
      'Queue',
      table(
        ['job', 'ready', 'oldest', 'later', 'running', 'failing', 'given up'],
        view.queue.map((row) => [
          row.task,
          row.ready,
          seconds(row.oldestReadySeconds),
          row.scheduled,
          row.running,
          row.failing,
          row.failed,
        ]),
      ),
      view.queue.length,
    ),
    ...section(
      `Open attempts: ${view.openAttempts}`,
      table(
        ['video', 'attempt', 'transcoder', 'state', '%', 'for', 'lease ends in'],
        view.attempts.map((row) => [
          row.videoId,
          row.jobId,
          row.provider,
          row.state,
          Math.round(row.progress),
          ago(row.since),
          row.leaseUntil ? duration((row.leaseUntil.getTime() - view.at.getTime()) / 1000) : null,
        ]),
      ),
      view.attempts.length,
    ),
    ...section(
      `Waiting for their turn: ${view.waitingAttempts}`,
      table(
        ['owner', 'attempts', 'oldest'],
        view.waiting.map((row) => [row.ownerId, row.attempts, duration(row.oldestSeconds)]),
      ),
      view.waiting.length,
    ),
    ...section(
      'Transcoders',
      table(
        ['transcoder', 'stands', 'for', 'asked again in', 'detail'],
        view.providers.map((row) => [
          row.provider,
          row.problem ?? 'ok',
          ago(row.downSince),
          row.blockedUntil ? duration((row.blockedUntil.getTime() - view.at.getTime()) / 1000) : null,
          row.detail,
        ]),
      ),
      view.providers.length,
    ),
    ...section(
      'Dead letters',
      table(
        ['job', 'reason', 'letters', 'oldest'],
        view.deadLetters.map((row) => [row.task, row.reason, row.letters, duration(row.oldestSeconds)]),
      ),
      view.deadLetters.length,
    ),
    '',
    pausedAt
      ? 'Next: ops resume, when it is safe'
      : 'Next: ops pause stops it; ops --help names what else there is',
  ];
}

function section(title: string, body: string, rows: number): string[] {
  return rows === 0 ? ['', `${title}: none`.replace(': 0: none', ': none')] : ['', title, body];
}
