import type { Context } from '#domain/context.ts';
import { DomainError } from '#domain/errors.ts';
import { type InvalidateCache, invalidateCache } from '#domain/operations/invalidate-cache.ts';
import { mediaPrefix } from '#domain/storage-keys.ts';
import type { Storages } from '#domain/storages.ts';
import { getVideo } from '#domain/video/get-video.ts';
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
        if ('videoId' in what) await refuseUnlessThere(context, what.videoId);
        const cdns = cdnsOf(context.storages);
        if (cdns.length > 0) await confirm(warning(what, cdns));
        const invalidated = await invalidateCache(context, what);
        return {
          json: invalidated,
          text:
            cdns.length > 0
              ? [
                  `${cdns.join(' and ')} drops everything under ${invalidated.prefix}, within a minute or so.`,
                  'Next: play one of the videos.',
                ]
              : [`Nothing was cached: the API serves ${invalidated.prefix} itself.`],
        };
      }),
    );
};

/** One of each storage; none where the API itself serves viewers. */
function cdnsOf({ own, second }: Storages): string[] {
  const names = [own, second].flatMap((place) => place?.delivery.name ?? []);
  return [...new Set(names)].filter((name) => name !== 'local');
}

function warning(what: InvalidateCache, cdns: readonly string[]): string {
  const all = 'everything' in what ? 'every video' : 'all of it';
  const charge = cdns.includes('cloudfront')
    ? ', and CloudFront charges for each prefix beyond its free ones'
    : '';
  return `The CDN will fetch ${all} from storage again: playback is slower until then, and storage serves it once more${charge}. Go on?`;
}

/** An id with a slip in it would be invalidated as well as any. Of a video that is gone there is still the prefix. */
async function refuseUnlessThere(context: Context, videoId: string): Promise<void> {
  await getVideo(context, { videoId }).catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'video_not_found') throw error;
    const message = `There is no video ${videoId}; for one that is deleted: ops invalidate ${mediaPrefix(videoId)}`;
    throw new DomainError('video_not_found', message, { cause: error });
  });
}

function whatOf(prefix: string | undefined, { video, everything }: InvalidateOptions): InvalidateCache {
  const given = [prefix, video, everything].filter((each) => each !== undefined);
  if (given.length !== 1) throw new WrongUsage('Name one of a prefix, --video <id> and --everything.');
  if (prefix !== undefined) return { prefix };
  return video !== undefined ? { videoId: video } : { everything: true };
}
