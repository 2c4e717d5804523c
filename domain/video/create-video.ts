import { mayNamePolicy } from '../access/ownership.ts';
import type { Actor, Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { acceptSource, policyNamed, type SourceFields } from '../upload/accept-source.ts';
import type { UploadPolicyName } from '../upload/upload-policies.ts';
import { presentVideo } from './present-video.ts';
import { Video } from './video.entity.ts';
import type { VideoView } from './video-view.ts';

/** The policy of each way in, unless a client may name another. */
const POLICY_OF = {
  mobile: 'mobile',
  direct: 'direct',
  admin: 'admin',
  learning: 'learning',
  signer: 'signer',
  // The signer's document describes it, so its limits hold.
  processor: 'signer',
  tus: 'direct',
  companion: 'direct',
} as const satisfies Record<string, UploadPolicyName>;

export interface CreateVideo {
  readonly title: string;
  readonly description?: string | null;
  readonly sourceMime: string;
  /** Null where the contract does not ask for it, or nobody knows yet. */
  readonly sourceSizeBytes: number | null;
  /** Decides where the type says nothing. */
  readonly fileName?: string;
  readonly playbackPolicy?: string;
  readonly metadata?: Record<string, unknown>;
  /** The contract through which it came; decides the upload policy too. */
  readonly createdVia: keyof typeof POLICY_OF;
  /** An upload policy that the client names itself: needs the scope `uploads:<policy>` or `admin`. */
  readonly policy?: string;
  /** How the contract calls its members, for refusals. */
  readonly fields?: SourceFields;
}

/**
 * Makes a DRAFT. Throws DomainError `unsupported_format`, `empty_file`, `file_too_large`, `policy_unsupported`,
 * `policy_unknown`, `forbidden` (a policy that the token's scopes do not open).
 */
export async function createVideo(
  { em, actor, settings, delivery }: Needs<'em' | 'actor' | 'settings' | 'delivery'>,
  input: CreateVideo,
): Promise<VideoView> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can create a video');
  const policyName = input.policy ?? POLICY_OF[input.createdVia];
  const policy = policyNamed(settings.policies, policyName);
  if (policyName !== POLICY_OF[input.createdVia]) refuseUnlessOpenTo(actor, policyName);
  const source = acceptSource(
    policy,
    { mimeType: input.sourceMime, sizeBytes: input.sourceSizeBytes, fileName: input.fileName },
    input.fields,
  );
  if (input.playbackPolicy !== undefined && input.playbackPolicy !== 'public') {
    const message = 'only public playback exists yet';
    throw new DomainError('policy_unsupported', message, { fields: [{ field: 'playbackPolicy', message }] });
  }
  const video = em.create(Video, {
    ownerId: actor.ownerId,
    title: input.title,
    description: input.description ?? null,
    sourceMime: source.mimeType,
    sourceSizeBytes: input.sourceSizeBytes,
    metadata: input.metadata ?? {},
    policy: policyName,
    createdVia: input.createdVia,
  });
  await em.flush();
  return presentVideo(delivery, video);
}

function refuseUnlessOpenTo(actor: Actor & { kind: 'user' }, policyName: string): void {
  if (mayNamePolicy(actor, policyName)) return;
  const message = `needs a token with the scope uploads:${policyName}`;
  throw new DomainError('forbidden', `The upload policy ${policyName} ${message}`, {
    fields: [{ field: 'policy', message }],
  });
}
