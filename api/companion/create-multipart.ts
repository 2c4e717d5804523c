import type { z } from '@hono/zod-openapi';
import type { Platform } from '#bootstrap/platform.ts';
import { choosePolicyUnder, findGrant, sessionHashUnderGrant } from '#domain/access/upload-grants.ts';
import { isUploadToken, uploadActor } from '#domain/access/upload-token.ts';
import type { Log } from '#domain/context.ts';
import { policyNamed } from '#domain/upload/accept-source.ts';
import { beginUpload } from '#domain/upload/begin-upload.ts';
import { companionSession } from '#domain/upload/companion-upload.ts';
import { PART_COUNT_MAX, partSizeFor } from '#domain/upload/part-plan.ts';
import type { CreateMultipart } from './bodies.ts';

/** How Uppy calls what it says of a file. */
const FIELDS = { type: 'type', size: 'metadata.size' };

/**
 * Begins an upload under a grant; with an upload token it is the one upload that exists. Throws what `findGrant`,
 * `uploadActor` and `beginUpload` throw.
 */
export async function createMultipart(
  platform: Platform,
  log: Log,
  { token, wanted }: { token: string; wanted: z.output<typeof CreateMultipart> },
): Promise<{ sessionId: string; videoId: string }> {
  const system = platform.context({ kind: 'system' }, log);
  if (isUploadToken(token)) {
    const actor = await uploadActor(system, token);
    return companionSession(platform.context(actor, log), actor.sessionId);
  }
  const grant = await findGrant(system, token);
  const context = platform.context(grant.actor, log);
  const { filename: fileName, type } = wanted;
  const { size, partSize, policy: policyWanted, ...metadata } = wanted.metadata ?? {};
  const policyName = choosePolicyUnder(grant, grant.actor, policyWanted ?? undefined);
  const { maxSizeBytes } = policyNamed(context.settings.policies, policyName);
  const announcedBytes = size ?? null;
  // Uppy cuts by rules of its own unless its application says by which: then length and number of each part are signed.
  const isPinned = announcedBytes !== null && partSize != null && announcedBytes / partSize <= PART_COUNT_MAX;
  const session = await beginUpload(context, {
    provider: 'S3_MULTIPART',
    fileName,
    contentType: type ?? '',
    announcedBytes,
    isPinned,
    partSizeBytes: isPinned ? partSize : partSizeFor(maxSizeBytes),
    policyName,
    createdVia: 'companion',
    metadata,
    tokenHash: (sessionId) => sessionHashUnderGrant(token, sessionId),
    grantId: grant.id,
    fields: FIELDS,
  });
  return { sessionId: session.id, videoId: session.videoId };
}
