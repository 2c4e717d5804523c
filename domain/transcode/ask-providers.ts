import { type RemoteTranscoderName, TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import { type AskContext, askAttempt, type HandedOver } from './ask-attempt.ts';
import { LeaseLost } from './fence.ts';
import { isAway, providerAnswered, providerUnavailable, takeTurn } from './provider-turn.ts';
import { TranscodeJob } from './transcode-job.entity.ts';

/** How many attempts a provider is asked about in one round, and how long a round may take. */
const ATTEMPTS_PER_ROUND = 200;
const ROUND_SECONDS = 40;
/** A young attempt is asked about every minute; later on after a tenth of its age, ten minutes at most. */
const ASK_AFTER_SECONDS = { min: 55, max: 600, partOfAge: 0.1 };

/**
 * Asks the providers that work elsewhere about their attempts, since an event may never come (R8). Each attempt in its
 * turn, the one first of which nothing was heard for longest; its webhooks count as hearing of it. A provider that cannot
 * be asked is left alone at once, and keeps nobody else waiting. Safe to run by several at once.
 */
export async function askProviders(context: AskContext): Promise<void> {
  const providers = await context.em.fork().execute<{ provider: RemoteTranscoderName }[]>(
    `select distinct provider from transcode_jobs
     where state = 'RUNNING' and provider_job_id is not null and provider not in ('ffmpeg', 'import')`,
  );
  await Promise.all(providers.map(({ provider }) => askProvider(context, provider)));
}

async function askProvider(context: AskContext, provider: RemoteTranscoderName): Promise<void> {
  // A provider that was away is asked about any attempt: what counts is whether it answers.
  const jobs = await dueAttempts(context, provider, await isAway(context, provider));
  if (jobs.length === 0) return;
  let turn = await takeTurn(context, provider, 'question');
  if (turn === 'blocked') return;
  const until = performance.now() + ROUND_SECONDS * 1000;
  for (const job of jobs) {
    if (performance.now() > until) return;
    if (turn !== 'trial' && !(await claimAsking(context, job))) continue;
    try {
      await askAttempt(context, job);
    } catch (error) {
      if (error instanceof TranscoderUnavailable) {
        await heardBefore(context, job);
        return providerUnavailable(context, provider, { call: 'question', turn }, error);
      }
      if (!(error instanceof LeaseLost))
        context.log.warn(
          { err: error, jobId: job.id, videoId: job.videoId },
          'attempt could not be asked about',
        );
    }
    await providerAnswered(context, provider, turn);
    turn = 'free';
  }
}

async function dueAttempts(
  { em, now, settings }: AskContext,
  provider: RemoteTranscoderName,
  isAnyDue: boolean,
): Promise<HandedOver[]> {
  // However much is heard of it, one whose time is over has to be asked: only then it ends.
  const startedBefore = new Date(now().getTime() - settings.providerTimeoutSeconds * 1000).toISOString();
  const ids = await em.fork().execute<{ id: string }[]>(
    `select id from transcode_jobs
     where state = 'RUNNING' and provider = ? and provider_job_id is not null and (asked_at is null or ? or started_at < ?
       or asked_at + least(?, greatest(?, ? * extract(epoch from asked_at - started_at))) * interval '1 second' < ?)
     order by asked_at nulls first, id limit ?`,
    [
      provider,
      isAnyDue,
      startedBefore,
      ASK_AFTER_SECONDS.max,
      ASK_AFTER_SECONDS.min,
      ASK_AFTER_SECONDS.partOfAge,
      now().toISOString(),
      ATTEMPTS_PER_ROUND,
    ],
  );
  const orderBy = { askedAt: 'asc nulls first', id: 'asc' } as const;
  const jobs = await em.fork().find(TranscodeJob, { id: { $in: ids.map(({ id }) => id) } }, { orderBy });
  return jobs.filter((job): job is HandedOver => job.providerJobId != null);
}

/** False when another round is asking about it at this moment. */
async function claimAsking({ em, now }: AskContext, job: HandedOver): Promise<boolean> {
  const claimed = await em.fork().execute<{ id: string }[]>(
    `update transcode_jobs set asked_at = ? where id = ? and state = 'RUNNING'
       and asked_at is not distinct from ?::timestamptz returning id`,
    [now().toISOString(), job.id, job.askedAt?.toISOString() ?? null],
  );
  return claimed.length === 1;
}

/** It did not answer for this one, which is therefore as due as before. */
async function heardBefore({ em }: AskContext, job: HandedOver): Promise<void> {
  await em
    .fork()
    .execute('update transcode_jobs set asked_at = ? where id = ?', [
      job.askedAt?.toISOString() ?? null,
      job.id,
    ]);
}
