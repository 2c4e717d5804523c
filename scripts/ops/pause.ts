import { pausePipeline } from '#domain/operations/pause-pipeline.ts';
import { count } from './table.ts';
import type { AddVerb } from './verb.ts';

/** `pause`: nothing more is taken into work, and no source is removed. */
export const addPause: AddVerb = (program, run) => {
  program
    .command('pause')
    .description('Stop taking videos into work; no source is removed until `resume`')
    .option('--reason <text>', 'why, for whoever looks at `status` later')
    .option('--hand-back', 'also stop what our own workers encode; it starts anew after `resume`')
    .action(
      run<{ reason?: string; handBack?: true }>(async ({ context, options }) => {
        const { reason, handBack } = options;
        const paused = await pausePipeline(context, { reason, handBack });
        return { json: paused, text: describe(paused) };
      }),
    );
};

function describe(paused: Awaited<ReturnType<typeof pausePipeline>>): string[] {
  const { pausedAt, wasPaused, takenBack, handedBack, stillRunning } = paused;
  return [
    wasPaused
      ? `The pipeline has been paused since ${pausedAt.toISOString()}; it stays so.`
      : 'The pipeline is paused.',
    'No video is taken into work, and neither a DELETE nor a sweeper removes a source.',
    ...(takenBack > 0 ? [`${count(takenBack, 'attempt')} in the queue will not begin.`] : []),
    ...(handedBack.length > 0
      ? [`${count(handedBack.length, 'encode')} stopped within seconds and will start anew.`]
      : []),
    ...(stillRunning > 0
      ? [
          `${count(stillRunning, 'attempt')} at work: what ends well is still published. To stop that: ops freeze --older-than 0s, which leaves next versions of READY videos out unless you add --include-ready`,
        ]
      : []),
    ...(paused.removalsUnderWay
      ? ['A removal that began before the pause has not ended yet; run `ops pause` again to wait for it.']
      : []),
    'Next: ops freeze --older-than 30m, or ops resume when it is safe.',
  ];
}
