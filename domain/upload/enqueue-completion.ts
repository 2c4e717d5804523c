import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { queueSet } from './check-set.ts';
import type { UploadSession } from './upload-session.entity.ts';

/**
 * Queues what completes a session: a source is verified by `complete-upload`, an HLS set published by `publish-set`. One
 * job a session, whoever asks and however often.
 *
 * @param tryNumber from 1; a session that is still not whole at the last try has failed
 */
export async function enqueueCompletion(
  context: Needs<'enqueue' | 'now'>,
  tx: EntityManager,
  session: Pick<UploadSession, 'id' | 'provider'>,
  { tryNumber = 1, runAt }: { tryNumber?: number; runAt?: Date } = {},
): Promise<void> {
  const { id: sessionId } = session;
  if (session.provider === 'S3_SET') await queueSet(context, tx, { sessionId });
  else
    await context.enqueue(
      tx,
      'complete-upload',
      { sessionId, tryNumber },
      { key: `complete:${sessionId}`, ...(runAt && { runAt }) },
    );
}
