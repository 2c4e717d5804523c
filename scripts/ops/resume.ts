import { readControl } from '#domain/operations/read-control.ts';
import { resumePipeline } from '#domain/operations/resume-pipeline.ts';
import { count } from './table.ts';
import type { AddVerb } from './verb.ts';

/** `resume`: work goes on, and what waited for it runs. */
export const addResume: AddVerb = (program, run) => {
  program
    .command('resume')
    .description('Take videos into work again, without a throttle')
    .option('--keep-throttle', 'leave the limit of `throttle` as it is')
    .action(
      run<{ keepThrottle?: true }>(async ({ context, options }) => {
        const limited = (await readControl(context.em.fork())).maxOpenAttempts;
        const resumed = await resumePipeline(context, { keepThrottle: options.keepThrottle });
        const { wasPaused, maxOpenAttempts, woken } = resumed;
        return {
          json: resumed,
          text: [
            wasPaused ? 'The pipeline goes on.' : 'The pipeline was not paused.',
            maxOpenAttempts === null
              ? limited === null
                ? 'No throttle holds it back.'
                : `The throttle of ${count(limited, 'attempt')} is gone as well; --keep-throttle would have left it.`
              : `At most ${count(maxOpenAttempts, 'attempt')} may be open at once.`,
            ...(woken > 0
              ? [`${count(woken, 'job')} that had been put off ${woken === 1 ? 'runs' : 'run'} now.`]
              : []),
            'Next: ops replay --reason ROLLBACK --dry-run shows which videos can be transcoded again.',
          ],
        };
      }),
    );
};
