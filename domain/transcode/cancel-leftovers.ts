import { type RemoteTranscoderName, TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { providerAnswered, providerUnavailable, takeTurn } from './provider-turn.ts';
import { remoteTranscoder } from './remote-transcoder.ts';

type Context = Needs<'em' | 'transcoders' | 'enqueue' | 'settings' | 'log' | 'now'>;

const JOBS_PER_ROUND = 50;
/** What a provider has not ended by then, it has ended by itself. */
const KEPT_HOURS = 48;

/**
 * Cancels what attempts that were ended by us have left running at a provider: canceled, lost, taken too long or taken
 * back. Best effort, each once (R15): `asked_at` after the end says that it was done. What belongs to a provider that is
 * away is left to the next round.
 *
 * @param of only those of one video
 */
export async function cancelLeftovers(
  context: Context,
  of: { readonly videoId: string | null } = { videoId: null },
): Promise<void> {
  const leftovers = await context.em
    .fork()
    .execute<{ id: string; provider: RemoteTranscoderName; provider_job_id: string }[]>(
      `select id, provider, provider_job_id from transcode_jobs
       where provider_job_id is not null and provider not in ('ffmpeg', 'import')
         and (state in ('CANCELED', 'LOST', 'HANDED_BACK')
           or (state = 'FAILED' and fail_reason in ('TRANSCODE_TIMEOUT', 'ROLLBACK')))
         and finished_at > ?::timestamptz - make_interval(hours => ?)
         and (asked_at is null or asked_at <= finished_at) and (?::uuid is null or video_id = ?::uuid)
       order by finished_at limit ?`,
      [context.now().toISOString(), KEPT_HOURS, of.videoId, of.videoId, JOBS_PER_ROUND],
    );
  const away = new Set<RemoteTranscoderName>();
  for (const { id, provider, provider_job_id: providerJobId } of leftovers)
    if (!away.has(provider) && !(await cancel(context, { id, provider, providerJobId }))) away.add(provider);
}

/** False when the provider cannot be asked now. */
async function cancel(
  context: Context,
  leftover: { id: string; provider: RemoteTranscoderName; providerJobId: string },
): Promise<boolean> {
  const { em, transcoders, log } = context;
  const { id, provider, providerJobId } = leftover;
  const turn = await takeTurn(context, provider, 'question');
  if (turn === 'blocked') return false;
  try {
    await remoteTranscoder(transcoders, provider).cancel(providerJobId);
  } catch (error) {
    if (error instanceof TranscoderUnavailable) {
      await providerUnavailable(context, provider, { call: 'question', turn }, error);
      return false;
    }
    log.warn({ err: error, jobId: id, provider, providerJobId }, 'a job at the provider was not canceled');
  }
  await providerAnswered(context, provider, turn);
  // A millisecond later than its end, whichever clock wrote that.
  await em
    .fork()
    .execute(
      `update transcode_jobs set asked_at = greatest(?::timestamptz, finished_at + interval '1 millisecond') where id = ?`,
      [context.now().toISOString(), id],
    );
  return true;
}
