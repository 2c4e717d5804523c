import { sql } from 'kysely';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { checkAfter, lifeEnd } from './record-signature.ts';
import { refuseUnlessOpen } from './session-refusals.ts';
import { readTusUpload } from './tus-upload.ts';
import type { UploadSession } from './upload-session.entity.ts';
import type { UploadSessionStatus } from './upload-session-states.ts';

type Context = Needs<'em' | 'settings' | 'enqueue' | 'now'>;

/** By then whoever received the last byte has completed the upload, or is gone. */
const COMPLETE_AFTER_SECONDS = 60;

/**
 * Acknowledges bytes that storage has. Whoever comes second finds the offset moved: one upload never has two writers who
 * both get on. The session lives on from now; with the last byte a job is queued that completes it should this process
 * not come to it.
 *
 * @returns the session's status: PAUSED means that what was under way is kept and nothing more is taken
 * Throws DomainError `offset_conflict`, `upload_closed`, `upload_expired`, `upload_not_found`, `completing`.
 */
export async function commitTusBytes(
  context: Context,
  session: UploadSession,
  { fromBytes, toBytes }: { fromBytes: number; toBytes: number },
): Promise<UploadSessionStatus> {
  const { em, enqueue, now } = context;
  const at = now();
  const expiresAt = lifeEnd(context, session.createdAt);
  const status = await transaction(em, async (tx) => {
    const { rows } = await sql<{ status: UploadSessionStatus; is_whole: boolean }>`
      update upload_sessions set bytes_uploaded = ${toBytes},
        status = case when status = 'INITIATED' then 'IN_PROGRESS' else status end,
        next_check_at = case when size_bytes = ${toBytes} then ${checkAfter(at).toISOString()}::timestamptz
          else next_check_at end,
        expires_at = ${expiresAt.toISOString()}::timestamptz, updated_at = now()
      where id = ${session.id}::uuid and bytes_uploaded = ${fromBytes}
        and status in ('INITIATED', 'IN_PROGRESS', 'PAUSED') and expires_at > ${at.toISOString()}::timestamptz
        and (completing_until is null or completing_until < ${at.toISOString()}::timestamptz)
      returning status, size_bytes is not distinct from bytes_uploaded as is_whole`.execute(tx.getKysely());
    const [row] = rows;
    if (row?.is_whole) {
      const runAt = new Date(Date.now() + COMPLETE_AFTER_SECONDS * 1000);
      await enqueue(tx, 'complete-upload', { sessionId: session.id }, { runAt });
    }
    return row?.status;
  });
  if (status) return status;
  const standing = await readTusUpload(context, session.id);
  if (!standing.isCompleted) refuseUnlessOpen(standing.session, now());
  throw new DomainError('offset_conflict', 'Somebody else has sent these bytes meanwhile');
}
