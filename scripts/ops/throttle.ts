import { THROTTLE_MAX, throttlePipeline } from '#domain/operations/throttle-pipeline.ts';
import { wholeNumber } from './arguments.ts';
import { count } from './table.ts';
import type { AddVerb } from './verb.ts';

/** `throttle <n>`: only so many attempts at once. */
export const addThrottle: AddVerb = (program, run) => {
  program
    .command('throttle')
    .description('Let at most <n> attempts be open at once in the whole deployment, until `resume`')
    .argument('<n>', `1 to ${THROTTLE_MAX}; to let none begin, pause`, wholeNumber(1, THROTTLE_MAX))
    .action(
      run<object, [number]>(async ({ context }, maxOpenAttempts) => {
        const throttled = await throttlePipeline(context, { maxOpenAttempts });
        const { takenBack, isPaused } = throttled;
        return {
          json: throttled,
          text: [
            `At most ${count(maxOpenAttempts, 'attempt')} may be open at once; what is at work goes on and counts.`,
            ...(takenBack > 0 ? [`${count(takenBack, 'attempt')} in the queue wait again.`] : []),
            isPaused
              ? 'Next: the pipeline is paused; ops resume --keep-throttle takes it up again within the limit.'
              : 'Next: ops status --watch; ops resume takes the limit away.',
          ],
        };
      }),
    );
};
