import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { newId } from '../identifiers.ts';
import { transaction } from '../transaction.ts';
import type { ClientPart } from './compare-parts.ts';
import type { CompletionClaim } from './completion-claim.ts';
import { enqueueCompletion } from './enqueue-completion.ts';
import { finishCompletion } from './finish-completion.ts';
import { lockSession } from './lock-session.ts';
import { presentUpload } from './present-upload.ts';
import { refuseWhenClosed } from './session-refusals.ts';
import type { CompletionView } from './upload-view.ts';

type Context = Needs<'em' | 'actor' | 'storage' | 'settings' | 'enqueue' | 'metrics' | 'log' | 'now'>;

/**
 * Completes an upload from what storage has; the client's own list is only compared with it. Repeatable: a completed
 * upload answers the same again, one that is being completed answers `completing`. Claimed before storage is called, so
 * a crash in the middle is taken up by the reconciler (R10). An HLS set is published by a job of its own, which this
 * only enqueues.
 *
 * Throws DomainError `upload_not_found`, `parts_missing` (with `missing: "7,19-20"`; send those and call again),
 * `parts_mismatch`, `upload_paused`, `upload_closed`, `upload_expired`, StorageError; the upload stays as it was.
 * `file_too_large` and `empty_file` end it: what was sent can never be a source.
 *
 * @param input.waits for a job, which has nobody to answer: it is over when the completion is, however long storage takes
 */
export async function completeUpload(
  context: Context,
  input: { sessionId: string; parts?: readonly ClientPart[]; waits?: boolean },
): Promise<CompletionView> {
  const claim = await claimCompletion(context, input.sessionId);
  if ('outcome' in claim) return claim;
  const finished = finishCompletion(context, claim, input.parts ?? []);
  if (input.waits) return { outcome: 'completed', upload: presentUpload(await finished) };
  const { promise: tooLong, resolve } = Promise.withResolvers<'completing'>();
  const timer = setTimeout(resolve, context.settings.completionAnswerSeconds * 1000, 'completing' as const);
  try {
    const first = await Promise.race([finished, tooLong]);
    if (first !== 'completing') return { outcome: 'completed', upload: presentUpload(first) };
  } finally {
    clearTimeout(timer);
  }
  finished.catch((error: unknown) =>
    context.log.warn(
      { err: error, sessionId: input.sessionId },
      'completion failed after it was answered with 202',
    ),
  );
  return { outcome: 'completing', upload: presentUpload(claim.session) };
}

/** Commits the claim before anybody calls storage. A view instead of a claim: there is nothing left to do here. */
async function claimCompletion(
  context: Context,
  sessionId: string,
): Promise<CompletionClaim | CompletionView> {
  const { em, actor, settings, now } = context;
  return transaction(em, async (tx) => {
    const { session } = await lockSession(tx, sessionId, actor);
    if (session.status === 'COMPLETED') return { outcome: 'completed', upload: presentUpload(session) };
    if (session.isLive() && session.isCompleting(now()))
      return { outcome: 'completing', upload: presentUpload(session) };
    refuseWhenClosed(session, now());
    // A whole object wins over a pause when storage itself reports it; a client that paused has to resume.
    if (session.status === 'PAUSED' && actor.kind !== 'system')
      throw new DomainError('upload_paused', 'This upload is paused; resume it first');
    if (session.provider === 'S3_SET') {
      await enqueueCompletion(context, tx, session);
      return { outcome: 'completing', upload: presentUpload(session) };
    }
    const token = newId();
    session.completingToken = token;
    session.completingUntil = new Date(now().getTime() + settings.completionLeaseSeconds * 1000);
    await tx.flush();
    return { session, token };
  });
}
