import { checkSessions } from '#domain/upload/check-sessions.ts';
import type { TestPlatform } from '#test/support/platform.ts';
import { TASKS } from '#worker/task-list.ts';

/**
 * What the service does by itself after a while: sessions that have expired are ended, and what is queued to clean up
 * after ended ones is run. Probes are left alone, as no worker here could look at a source.
 */
export async function keepHouse(platform: TestPlatform, ownerId: string): Promise<void> {
  const context = platform.context({ kind: 'system' });
  await checkSessions(context);
  const queued = await context.em.execute<{ payload: { sessionId: string } }[]>(
    `select j.payload from graphile_worker._private_jobs j
     join graphile_worker._private_tasks t on t.id = j.task_id
     join upload_sessions s on s.id::text = j.payload ->> 'sessionId'
     join videos v on v.id = s.video_id
     where t.identifier = 'clean-session' and v.owner_id = ?`,
    [ownerId],
  );
  for (const { payload } of queued)
    await TASKS['clean-session'](platform.context({ kind: 'system' }), payload, new AbortController().signal);
}
