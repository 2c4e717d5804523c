import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import type { JobName, JobPayloads } from '../jobs.ts';
import { checkPlaylists } from '../playlist/check-playlists.ts';
import { transaction } from '../transaction.ts';
import { askProviders } from '../transcode/ask-providers.ts';
import { cancelLeftovers } from '../transcode/cancel-leftovers.ts';
import { enqueueProbe } from '../transcode/enqueue-probe.ts';
import { expireLeases } from '../transcode/expire-leases.ts';
import { leaveRemovedTranscoders } from '../transcode/leave-removed-transcoders.ts';
import { dispatchWaiting } from '../transcode/start-attempt.ts';
import { checkSessions } from '../upload/check-sessions.ts';
import { wakeUnlessPaused } from './put-off-jobs.ts';

type Context = Needs<
  'em' | 'actor' | 'storage' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'
>;

/**
 * Looks at every state that somebody must move and enqueues what nobody does (R8). Each finding stands in the query's
 * own words; all of it is safe to run at any time and by several at once.
 */
export async function reconcile(context: Context): Promise<void> {
  await expireLeases(context);
  await askProviders(context);
  await leaveRemovedTranscoders(context);
  await cancelLeftovers(context);
  await transaction(context.em, (tx) => dispatchWaiting(context, tx));
  await wakeUnlessPaused(context);
  await resumeProbes(context);
  await enqueueAll(
    context,
    'complete-upload',
    'sessionId',
    'complete:',
    sql`
    select id from upload_sessions where completing_until < now() and status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')`,
  );
  await enqueueAll(
    context,
    'purge-video',
    'videoId',
    'purge:',
    sql`
    select id from videos where deleted_at < now() - interval '5 minutes'`,
  );
  await enqueueAll(
    context,
    'apply-provider-event',
    'eventId',
    'event:',
    sql`
    select id from provider_events where processed_at is null and received_at < now() - interval '1 minute'
      and not exists (select from provider_standings s where s.provider = provider_events.provider
        and not s.orders_only and s.blocked_until > ${context.now().toISOString()}::timestamptz)`,
  );
  await enqueueAll(
    context,
    'sweep-version',
    'jobId',
    'sweep:',
    sql`
    select id from transcode_jobs where swept_at is null and sweep_at < now()`,
  );
  await enqueueAll(
    context,
    'deliver-webhook',
    'deliveryId',
    'deliver:',
    sql`
    select id from webhook_deliveries where state = 'PENDING' and next_attempt_at < now() - interval '1 minute'
      and (claimed_until is null or claimed_until < now())`,
  );
  await checkSessions(context);
  await checkPlaylists(context);
}

/** A source that was accepted and that no probe and no attempt works on; the next one of a READY video too. */
async function resumeProbes({ em, enqueue }: Context): Promise<void> {
  const { rows } = await sql<{ id: string; source_file_key: string }>`
    select v.id, v.source_file_key from videos v
    where v.deleted_at is null and v.updated_at < now() - interval '1 minute'
      and (v.status in ('UPLOADED', 'TRANSCODING')
        or (v.status = 'READY' and v.updated_at > now() - interval '7 days'
          and not exists (select from transcode_jobs j
            where j.video_id = v.id and j.plan -> 'source' ->> 'key' = v.source_file_key)
          and not exists (select from dead_letters d
            where d.video_id = v.id and d.payload ->> 'sourceKey' = v.source_file_key)))
      and not exists (select from transcode_jobs j where j.video_id = v.id and j.state in ('QUEUED', 'RUNNING'))
      and not exists (select from graphile_worker.jobs q where q.key = 'probe:' || v.id and q.attempts < q.max_attempts)
    order by v.updated_at limit 100`.execute(em.fork().getKysely());
  for (const row of rows)
    await transaction(em, (tx) =>
      enqueueProbe(tx, enqueue, { videoId: row.id, sourceKey: row.source_file_key }),
    );
}

/** Enqueues one job per row, unless the queue has one under the same key that can still run. */
async function enqueueAll<N extends JobName>(
  { em, enqueue }: Context,
  task: N,
  member: keyof JobPayloads[N] & string,
  keyPrefix: string,
  ids: ReturnType<typeof sql>,
): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select found.id from (${ids}) found where not exists (
      select from graphile_worker.jobs q where q.key = ${keyPrefix} || found.id and q.attempts < q.max_attempts)
    limit 100`.execute(em.fork().getKysely());
  for (const row of rows)
    await transaction(em, (tx) =>
      enqueue(tx, task, { [member]: row.id } as JobPayloads[N], { key: `${keyPrefix}${row.id}` }),
    );
}
