import type { Verification } from '#domain/move/copy-object.ts';
import { type MoveReport, moveLibrary } from '#domain/move/move-library.ts';
import { type MovePlan, planMove } from '#domain/move/plan-move.ts';
import { oneOf, wholeNumber } from './arguments.ts';
import { chooseTarget } from './move-target.ts';
import { byteCount, count, duration, table } from './table.ts';
import { type AddVerb, EXIT, type VerbCall, type VerbResult } from './verb.ts';

interface CliOptions {
  readonly to: string;
  readonly dryRun?: true;
  readonly verify: Verification;
  readonly wait?: true;
  readonly keepOld?: true;
  readonly incomplete?: true;
  readonly transfers: number;
  readonly rate: number;
}

const MIB = 1024 ** 2;
/** More are counted, not listed; `--json` names them all. */
const SHOWN = 20;

const REASONS: Readonly<Record<MoveReport['skipped'][number]['reason'], string>> = {
  uploading: 'a file is being uploaded',
  in_work: 'it waits to be looked at or transcoded',
  transcoding: 'it is being transcoded',
  changing: 'it changes all the time',
  moving: 'another mover is at it',
  incomplete: 'the old storage does not show its source or its master playlist (--incomplete)',
  archived: 'its source is archived: it has to be restored first',
  deleted: 'it is deleted: nothing to move',
};

/** `move`: a library goes from one storage to the other while it is played. */
export const addMove: AddVerb = (program, run) => {
  program
    .command('move')
    .description('Move every video to the other storage while the platform serves (docs/moving.md)')
    .requiredOption(
      '--to <storage>',
      'the storage to move to: `second`, `own`, its name, or the file of its variables that SECOND_STORAGE names',
    )
    .option('--dry-run', 'say what would be moved, and change nothing')
    .option(
      '--verify <how>',
      '`full` reads every copy back, `etag` only where ETags prove nothing',
      oneOf(['etag', 'full']),
      'etag' as const,
    )
    .option('--wait', 'go on until videos that are in work now are moved too')
    .option('--keep-old', 'never remove the copies in the old storage')
    .option('--incomplete', 'also move what is left of videos whose source or master playlist is lost')
    .option('--transfers <n>', 'copied at once, some 40 MiB of memory each', wholeNumber(1, 64), 8)
    .option('--rate <MiB>', 'a second, for the estimate of a dry run', wholeNumber(1, 100_000), 50)
    .action(run<CliOptions>((call) => (call.options.dryRun ? plan(call) : move(call))));
};

async function plan({ context, options, progress }: VerbCall<CliOptions>): Promise<VerbResult> {
  const to = chooseTarget(context.storages, options.to);
  const bar = progress('looking');
  const planned = await planMove(context, { to, onVideo: (seen) => bar.show(0, 0, count(seen, 'video')) });
  bar.end();
  const bytesLeft = planned.bytes - planned.copied.bytes;
  const seconds = bytesLeft / (options.rate * MIB);
  return {
    json: { dryRun: true, ...planned, bytesToTransfer: bytesLeft, estimatedSeconds: Math.ceil(seconds) },
    text: [
      `From ${planned.from} to ${planned.to}`,
      `${count(planned.videos, 'video')}, ${count(planned.objects, 'object')}, ${byteCount(planned.bytes)}.`,
      ...(planned.copied.objects > 0
        ? [
            `An earlier run has copied ${count(planned.copied.objects, 'object')}, ${byteCount(planned.copied.bytes)} of it.`,
          ]
        : []),
      `To transfer: ${byteCount(bytesLeft)}, about ${duration(seconds)} at ${options.rate} MiB/s; it leaves the old storage once.`,
      ...skippedLines(planned.skipped),
      'Nothing was changed. Next: the same without --dry-run',
    ],
  };
}

async function move(call: VerbCall<CliOptions>): Promise<VerbResult> {
  const { context, options, signal, progress, confirm } = call;
  const to = chooseTarget(context.storages, options.to);
  await confirm(`Move every video to ${to}?`);
  const bar = progress('moving');
  const report = await moveLibrary(context, {
    to,
    transfers: options.transfers,
    verify: options.verify,
    keepOld: options.keepOld === true,
    takesIncomplete: options.incomplete === true,
    waits: options.wait === true,
    signal,
    onProgress: ({ videosMoved, videosTotal, bytesCopied }) =>
      bar.show(
        videosMoved,
        videosTotal,
        `${videosMoved} of ${count(videosTotal, 'video')}, ${byteCount(bytesCopied)}`,
      ),
  });
  bar.end();
  return {
    json: report,
    text: describe(report, options),
    exitCode: isWhole(report) ? EXIT.done : EXIT.partly,
  };
}

function isWhole({ skipped, failed, stopped }: MoveReport): boolean {
  return !stopped && failed.length === 0 && skipped.every(({ reason }) => reason === 'deleted');
}

function describe(report: MoveReport, { keepOld }: CliOptions): string[] {
  const { from, to, moved, skipped, failed, stopped } = report;
  return [
    `${count(moved.videos, 'video')} moved from ${from} to ${to}: ${count(moved.objects, 'object')}, ${byteCount(moved.bytes)}.`,
    ...skippedLines(skipped),
    ...(failed.length > 0
      ? [
          table(
            ['video', 'failed with'],
            failed.slice(0, SHOWN).map(({ videoId, problem }) => [videoId, problem]),
          ),
          `${count(failed.length, 'video')} stayed where ${failed.length === 1 ? 'it was' : 'they were'}.`,
        ]
      : []),
    ...(stopped ? ['Stopped before the end; what is copied is not copied again.'] : []),
    isWhole(report)
      ? `Next: ${keepOld ? 'nothing; the old copies stay' : `keep both storages configured until the sweeper has emptied ${from}`} (docs/moving.md)`
      : 'Next: the same again, with --wait to go on until all is moved',
  ];
}

/** Reasons with their number. */
function skippedLines(skipped: MovePlan['skipped']): string[] {
  if (skipped.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [
    table(
      ['left where they are', 'because'],
      [...counts].map(([reason, number]) => [number, REASONS[reason as keyof typeof REASONS]]),
    ),
  ];
}
