import type { FailReason } from '#domain/fail-reasons.ts';
import { FAIL_REASONS } from '#domain/fail-reasons.ts';
import { countReplayable, REPLAYED_REASONS } from '#domain/operations/find-replayable.ts';
import type { ReplayedVideo, ReplayOutcome } from '#domain/operations/replay-video.ts';
import { REPLAYS_PER_MINUTE, replayVideos } from '#domain/operations/replay-videos.ts';
import { showPipeline } from '#domain/operations/show-pipeline.ts';
import { moment, someOf, wholeNumber } from './arguments.ts';
import { count, table } from './table.ts';
import { type AddVerb, EXIT, type VerbCall, type VerbResult } from './verb.ts';

interface ReplayOptions {
  readonly reason?: readonly FailReason[];
  readonly since?: Date;
  readonly limit?: number;
  readonly perMinute: number;
  readonly dryRun?: true;
}

const BATCH = 50;
/** More are counted, not listed; `--json` names them all. */
const SHOWN = 20;

const WORDS: Readonly<Record<ReplayOutcome, string>> = {
  queued: 'queued',
  source_at_fault: 'the source is at fault: it has to be uploaded again',
  source_gone: 'the source is gone: it has to be uploaded again',
  source_archived: 'the source is archived: replay it again when its restore has come',
  in_work: 'in work already',
  video_gone: 'deleted meanwhile',
  storage_unavailable: 'storage does not answer',
};

/** `replay`: what failed is transcoded again, without a storm. */
export const addReplay: AddVerb = (program, run) => {
  const { default: perMinute, max } = REPLAYS_PER_MINUTE;
  program
    .command('replay')
    .description(
      'Transcode FAILED videos again whose source exists, so many a minute and behind fresh uploads',
    )
    .option(
      '--reason <code>',
      `only what failed for this; may be repeated (default: ${REPLAYED_REASONS.join(', ')})`,
      someOf(FAIL_REASONS),
    )
    .option('--since <time>', 'only what failed since then: 2026-11-21T14:00:00Z, or 2h', moment)
    .option('--limit <n>', 'so many videos at most', wholeNumber(1, 1_000_000))
    .option('--per-minute <n>', 'how many begin in a minute', wholeNumber(1, max), perMinute)
    .option('--dry-run', 'look at every source, and change nothing')
    .action(run<ReplayOptions>(replay));
};

async function replay({ context, options, signal, progress }: VerbCall<ReplayOptions>): Promise<VerbResult> {
  const { reason: reasons, since, perMinute, dryRun } = options;
  const wanted = { reasons: reasons ?? REPLAYED_REASONS, since };
  const total = Math.min(options.limit ?? Number.POSITIVE_INFINITY, await countReplayable(context, wanted));
  const bar = progress(dryRun ? 'looking' : 'replaying');
  const videos: ReplayedVideo[] = [];
  let problem: string | null = null;
  let after: string | undefined;
  do {
    const limit = Math.min(BATCH, (options.limit ?? Number.POSITIVE_INFINITY) - videos.length);
    const batch = await replayVideos(context, { ...wanted, limit, after, perMinute, dryRun });
    videos.push(...batch.videos);
    problem = batch.problem;
    after =
      videos.length < (options.limit ?? Number.POSITIVE_INFINITY)
        ? (batch.nextAfter ?? undefined)
        : undefined;
    bar.show(videos.length, total, count(videos.length, 'video'));
  } while (after !== undefined && !signal.aborted);
  bar.end();
  const { pausedAt } = await showPipeline(context);
  const counts = Object.fromEntries(
    (Object.keys(WORDS) as ReplayOutcome[]).map((outcome) => [
      outcome,
      videos.filter((video) => video.outcome === outcome).length,
    ]),
  );
  return {
    json: { dryRun: dryRun === true, counts, videos, problem, isPaused: pausedAt !== null },
    text: describe(videos, { dryRun: dryRun === true, isPaused: pausedAt !== null, problem }),
    exitCode: problem === null ? EXIT.done : EXIT.partly,
  };
}

function describe(
  videos: readonly ReplayedVideo[],
  { dryRun, isPaused, problem }: { dryRun: boolean; isPaused: boolean; problem: string | null },
): string[] {
  if (videos.length === 0) return ['No video has failed that way.', 'Next: ops status'];
  const queued = videos.filter(({ outcome }) => outcome === 'queued');
  const last = queued.at(-1)?.runAt;
  const rows = videos
    .slice(0, SHOWN)
    .map(({ videoId, failReason, outcome, runAt }) => [
      videoId,
      failReason,
      dryRun && outcome === 'queued' ? 'would be queued' : WORDS[outcome],
      runAt && !dryRun ? runAt.toISOString() : null,
    ]);
  return [
    table(['video', 'failed with', 'now', 'begins at'], rows),
    ...(videos.length > SHOWN ? [`... and ${videos.length - SHOWN} more; --json names them all`] : []),
    dryRun
      ? `${queued.length} of ${count(videos.length, 'video')} would be transcoded again. Nothing was changed.`
      : `${queued.length} of ${count(videos.length, 'video')} will be transcoded again${last ? `; the last one begins at ${last.toISOString()}` : ''}.`,
    ...(problem === null ? [] : [`Storage does not answer (${problem}): run it again for the others.`]),
    ...(isPaused ? ['The pipeline is paused: they begin after ops resume.'] : []),
    dryRun ? 'Next: the same without --dry-run' : 'Next: ops status --watch',
  ];
}
