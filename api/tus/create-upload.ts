import type { Context as HttpContext } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { MalformedRequest } from '#api/problems/refusal-of-error.ts';
import { choosePolicyUnder, type LiveGrant } from '#domain/access/upload-grants.ts';
import { newUploadToken } from '#domain/access/upload-token.ts';
import type { Context } from '#domain/context.ts';
import { newId } from '#domain/identifiers.ts';
import { policyNamed } from '#domain/upload/accept-source.ts';
import type { UploadSession } from '#domain/upload/upload-session.entity.ts';
import { completeOrQueue } from './complete-or-queue.ts';
import { beginTus, metadataOf } from './creation.ts';
import { tusLocker } from './locker.ts';
import { expectedDigest, protocolRequest, refuseOtherVersion } from './protocol-headers.ts';
import { SessionStore } from './session-store.ts';
import { speakTus } from './speak-protocol.ts';
import type { TusParts } from './tus-parts.ts';
import { withFacts } from './upload-facts.ts';

/** Begins an upload for the actor of `context`: its owner, or whoever holds a grant of that owner. */
export async function createTusUpload(
  c: HttpContext<ApiEnvironment>,
  { spool, locks, pathPrefix }: TusParts,
  { context, grant }: { context: Context; grant?: LiveGrant },
): Promise<Response> {
  const { raw } = c.req;
  refuseOtherVersion(raw.headers, 'POST');
  // Not 501: some clients then open uploads without end.
  if (raw.headers.has('upload-concat')) throw new MalformedRequest('There is no concatenation here.');
  const metadata = metadataOf(raw.headers);
  const policyName = choosePolicyUnder(grant, context.actor, metadata.policy ?? undefined);
  const policy = policyNamed(context.settings.policies, policyName);
  const { token, tokenHash } = newUploadToken();
  const sessionId = newId();
  let session: UploadSession | undefined;
  const store = new SessionStore(context, {
    spool,
    expected: expectedDigest(raw.headers),
    async begin(upload) {
      session = await beginTus(context, upload, { metadata, policyName, policy, grant, tokenHash });
    },
  });
  const answer = await speakTus(protocolRequest(raw, 'POST'), {
    store,
    locker: tusLocker(locks),
    id: sessionId,
    maxSizeBytes: policy.maxSizeBytes,
    location: `${pathPrefix}/api/tus/${token}`,
    onWhole: () => completeOrQueue(context, sessionId),
  });
  if (!session) throw new Error('the protocol answered a creation without one');
  const isWhole = answer.headers.get('upload-offset') === raw.headers.get('upload-length');
  return withFacts(answer, session.videoId, isWhole ? null : session.expiresAt);
}
