import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { transaction } from '../transaction.ts';
import { lockVideoRow } from '../video/lock-video.ts';
import { replaceAttempt } from './end-attempt.ts';
import { TranscodeJob } from './transcode-job.entity.ts';
import { isOpenJob } from './transcode-job-states.ts';
import { transcodersInReach } from './transcoders-in-reach.ts';

type Context = Needs<'em' | 'storages' | 'transcoders' | 'enqueue' | 'settings' | 'metrics' | 'log' | 'now'>;

/** In a deploy, processes with the old and with the new configuration stand side by side; none takes as long. */
const REMOVED_AFTER_SECONDS = 900;
const ATTEMPTS_PER_ROUND = 100;

/**
 * Attempts at a transcoder that nobody in this deployment has set up any more begin anew, uncounted, at the deployment's
 * own, or at FFmpeg where that one does not reach the video: nobody could hand them over, ask about them or cancel them (R8). A process that still has it keeps its standing
 * free, and nothing moves. Safe to run by several at once.
 */
export async function leaveRemovedTranscoders(context: Context): Promise<void> {
  const { em, transcoders, now } = context;
  const since = new Date(now().getTime() - REMOVED_AFTER_SECONDS * 1000).toISOString();
  const { rows } = await sql<{ id: string; video_id: string }>`
    select j.id, j.video_id from transcode_jobs j join provider_standings s on s.provider = j.provider
    where j.state in ('QUEUED', 'RUNNING') and j.provider <> all (${[...transcoders.configured]}::text[])
      and s.problem = 'transcoder_refused' and s.down_since < ${since}::timestamptz
    order by j.created_at limit ${ATTEMPTS_PER_ROUND}`.execute(em.fork().getKysely());
  for (const row of rows) await leave(context, row);
}

function leave(context: Context, { id, video_id }: { id: string; video_id: string }): Promise<void> {
  return transaction(context.em, async (tx) => {
    const video = await lockVideoRow(tx, video_id);
    const job = video && (await tx.findOne(TranscodeJob, { id }));
    if (!video || !job || !isOpenJob(job.state)) return;
    const { defaultName: at } = transcodersInReach(context, video.storage);
    const detail = `${job.provider} is not set up any more; it begins anew at ${at}`;
    context.log.warn({ jobId: id, videoId: video_id }, detail);
    const because = { reason: 'TRANSCODE_ERROR', detail } as const;
    await replaceAttempt(context, tx, { job, video, as: 'LOST', because, at });
  });
}
