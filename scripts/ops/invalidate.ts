import { type InvalidateCache, invalidateCache } from '#domain/operations/invalidate-cache.ts';
import { uuid } from './arguments.ts';
import { type AddVerb, WrongUsage } from './verb.ts';

interface InvalidateOptions {
  readonly video?: string;
  readonly everything?: true;
}

/** `invalidate`: the CDN drops what it holds. */
export const addInvalidate: AddVerb = (program, run) => {
  program
    .command('invalidate')
    .description('Have the CDN drop what it holds under a prefix; only where it is known to be polluted')
    .argument('[prefix]', 'videos/{id}/ and whatever follows, as keys begin')
    .option('--video <id>', 'all of one video', uuid)
    .option('--everything', 'all of every video')
    .action(
      run<InvalidateOptions, [string | undefined]>(async ({ context, options, confirm }, prefix) => {
        const what = whatOf(prefix, options);
        await confirm(
          `The CDN will fetch ${'everything' in what ? 'every video' : 'all of it'} from storage again: playback is slower until then, storage serves it once more, and CloudFront charges for each prefix beyond its free ones. Go on?`,
        );
        const invalidated = await invalidateCache(context, what);
        const { isCached, delivery } = invalidated;
        return {
          json: invalidated,
          text: isCached
            ? [
                `${delivery} drops everything under ${invalidated.prefix}, within a minute or so.`,
                'Next: play one of the videos.',
              ]
            : [`Nothing was cached: the API serves ${invalidated.prefix} itself.`],
        };
      }),
    );
};

function whatOf(prefix: string | undefined, { video, everything }: InvalidateOptions): InvalidateCache {
  const given = [prefix, video, everything].filter((each) => each !== undefined);
  if (given.length !== 1) throw new WrongUsage('Name one of a prefix, --video <id> and --everything.');
  if (prefix !== undefined) return { prefix };
  return video !== undefined ? { videoId: video } : { everything: true };
}
