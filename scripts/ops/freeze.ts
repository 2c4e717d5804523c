import type { FrozenVideo } from '#domain/operations/freeze-video.ts';
import { freezeVideos } from '#domain/operations/freeze-videos.ts';
import { TRANSCODER_NAMES, type TranscoderName } from '#providers/transcoders/transcoder.ts';
import { oneOf, seconds } from './arguments.ts';
import { count, duration, table } from './table.ts';
import { type AddVerb, EXIT, type VerbCall, type VerbResult } from './verb.ts';

interface FreezeOptions {
  readonly olderThan: number;
  readonly provider?: TranscoderName;
  readonly waiting?: true;
  readonly includeReady?: true;
  readonly reason?: string;
}

/** So many videos between two looks at Ctrl-C. */
const BATCH = 50;
/** More are counted, not listed; `--json` names them all. */
const SHOWN = 20;

/** `freeze`: what has been at work for too long ends as FAILED with ROLLBACK. */
export const addFreeze: AddVerb = (program, run) => {
  program
    .command('freeze')
    .description('End TRANSCODING videos that have been at work for too long: FAILED with ROLLBACK')
    .requiredOption('--older-than <time>', 'at work for longer than this: 90s, 30m, 2h; 0s for all', seconds)
    .option(
      '--provider <name>',
      `only what this one has in hand: ${TRANSCODER_NAMES.join(', ')}`,
      oneOf(TRANSCODER_NAMES),
    )
    .option('--waiting', 'also those that have waited for so long and not begun')
    .option('--include-ready', 'also the next version of READY videos; they stay READY and play on')
    .option('--reason <text>', 'why, kept with each attempt')
    .action(run<FreezeOptions>(freeze));
};

async function freeze({ context, options, signal, confirm }: VerbCall<FreezeOptions>): Promise<VerbResult> {
  const { olderThan, provider, waiting, includeReady, reason } = options;
  await confirm(
    `Every video at work for more than ${duration(olderThan)}${provider ? ` with ${provider}` : ''} will be FAILED, and what was encoded of it is lost. Go on?`,
  );
  const frozen: FrozenVideo[] = [];
  const movedOn: string[] = [];
  let after: string | undefined;
  do {
    const batch = await freezeVideos(context, {
      olderThanSeconds: olderThan,
      provider,
      includeWaiting: waiting,
      includeReady,
      reason,
      limit: BATCH,
      after,
    });
    frozen.push(...batch.frozen);
    movedOn.push(...batch.movedOn);
    after = batch.nextAfter ?? undefined;
  } while (after !== undefined && !signal.aborted);
  const runsElsewhere = frozen.filter((video) => video.runsElsewhere).length;
  return {
    json: { frozen, movedOn, runsElsewhere, isComplete: after === undefined },
    text: frozen.length > 0 ? describe(frozen, movedOn.length, runsElsewhere) : describeNone(options),
    exitCode: runsElsewhere > 0 ? EXIT.partly : EXIT.done,
  };
}

/** Whoever sees an attempt in `status` that was not frozen has to be told why. */
function describeNone({ waiting, includeReady }: FreezeOptions): string[] {
  const leftOut = [
    ...(waiting ? [] : ['what waits (--waiting)']),
    ...(includeReady ? [] : ['next versions of READY videos (--include-ready)']),
  ];
  return [
    'Nothing has been at work for that long.',
    ...(leftOut.length > 0 ? [`Left out: ${leftOut.join(', ')}.`] : []),
    'Next: ops status',
  ];
}

function describe(frozen: readonly FrozenVideo[], movedOn: number, runsElsewhere: number): string[] {
  const rows = frozen
    .slice(0, SHOWN)
    .map(({ videoId, jobId, provider, status }) => [videoId, jobId, provider, status]);
  return [
    table(['video', 'attempt', 'transcoder', 'now'], rows),
    ...(frozen.length > SHOWN ? [`... and ${frozen.length - SHOWN} more; --json names them all`] : []),
    `${count(frozen.length, 'video')} frozen with ROLLBACK; ${frozen.length === 1 ? 'its owner is' : 'their owners are'} told once.`,
    ...(movedOn > 0
      ? [`${count(movedOn, 'video')} ended at that very moment and were left as they are.`]
      : []),
    ...(runsElsewhere > 0
      ? [`${count(runsElsewhere, 'job')} at a provider could not be canceled; the reconciler tries again.`]
      : []),
    'Next: mend what broke, ops resume, then ops replay --reason ROLLBACK',
  ];
}
