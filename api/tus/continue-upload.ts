import type { Context as HttpContext } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { DomainError } from '#domain/errors.ts';
import { lifeEnd } from '#domain/upload/record-signature.ts';
import { finishTus } from '#domain/upload/tus-finish.ts';
import { findTusUpload, isWhole } from '#domain/upload/tus-upload.ts';
import { completeOrQueue } from './complete-or-queue.ts';
import { tusLocker } from './locker.ts';
import {
  expectedDigest,
  protocolRequest,
  refuseOtherPatch,
  refuseOtherVersion,
  type TusMethod,
} from './protocol-headers.ts';
import { SessionStore } from './session-store.ts';
import { speakTus } from './speak-protocol.ts';
import type { TusParts } from './tus-parts.ts';
import { headOfCompleted, withFacts } from './upload-facts.ts';

/** HEAD, PATCH and DELETE of an upload. Its URL is all the right that they need, so a login that ends costs nothing. */
export async function continueTusUpload(
  c: HttpContext<ApiEnvironment>,
  { platform, spool, locks }: TusParts,
  { token, method }: { token: string; method: Exclude<TusMethod, 'POST'> },
): Promise<Response> {
  const { raw } = c.req;
  refuseOtherVersion(raw.headers, method);
  if (method === 'PATCH') refuseOtherPatch(raw.headers);
  const expected = method === 'PATCH' ? expectedDigest(raw.headers) : undefined;
  const upload = await findTusUpload(platform.context({ kind: 'system' }, c.get('log')), token);
  const { session, ownerId, sizeBytes, maxSizeBytes, isCompleted } = upload;
  if (isCompleted && method === 'HEAD') return headOfCompleted(upload);
  if (isCompleted && method === 'DELETE')
    throw new DomainError('forbidden', 'A completed upload stays; delete its video instead');
  const sessionId = session.id;
  const context = platform.context({ kind: 'upload', ownerId, sessionId }, c.get('log'));
  const store = new SessionStore(context, { spool, expected, begin: refuseCreation });
  // Clients that said their length late say it again when they repeat a piece; the protocol's server takes it once.
  const isSaidAgain = raw.headers.get('upload-length') === String(sizeBytes);
  const answer = await speakTus(protocolRequest(raw, method, isSaidAgain ? ['upload-length'] : []), {
    store,
    locker: tusLocker(locks),
    id: sessionId,
    maxSizeBytes,
    location: '',
    onWhole: () => completeOrQueue(context, sessionId),
  });
  const { seen } = store;
  if (method === 'DELETE' || !seen) return answer;
  // Whoever received the last byte may have died before it was complete. Here nothing is hidden: 423 loses nothing.
  if (method === 'HEAD' && isWhole(seen) && !seen.isCompleted) await finishTus(context, { sessionId });
  const length = seen.sizeBytes === null ? raw.headers.get('upload-length') : String(seen.sizeBytes);
  const isDone = answer.headers.get('upload-offset') === length;
  // A piece that was stored has moved it on.
  const expiresAt = method === 'PATCH' ? lifeEnd(context, session.createdAt) : seen.session.expiresAt;
  return withFacts(answer, session.videoId, isDone ? null : expiresAt);
}

function refuseCreation(): Promise<void> {
  return Promise.reject(new Error('an upload that exists is not created'));
}
