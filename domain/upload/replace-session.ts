import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { enqueueCleaning } from './enqueue-cleaning.ts';
import type { UploadSession } from './upload-session.entity.ts';

/**
 * Makes room for another session of the video: the one that stands is CANCELED, and storage cleaned of it. Both rows are
 * locked. The video is left as it is: its next upload begins in this transaction. Throws DomainError `completing`.
 */
export async function replaceSession(
  context: Needs<'enqueue' | 'settings' | 'now'>,
  tx: EntityManager,
  standing: UploadSession,
): Promise<void> {
  if (standing.isCompleting(context.now()))
    throw new DomainError('completing', 'This upload is being completed');
  standing.moveTo('CANCELED');
  await tx.flush();
  await enqueueCleaning(context, tx, standing);
}
