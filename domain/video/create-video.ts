import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { acceptSource, policyNamed } from '../upload/accept-source.ts';
import { presentVideo } from './present-video.ts';
import { Video } from './video.entity.ts';
import type { VideoView } from './video-view.ts';

export interface CreateVideo {
  readonly title: string;
  readonly description?: string | null;
  readonly sourceMime: string;
  readonly sourceSizeBytes: number;
  readonly playbackPolicy?: string;
  readonly metadata?: Record<string, unknown>;
  /** The dialect through which it came; names its upload policy too. */
  readonly createdVia: 'mobile';
}

/** Makes a DRAFT. Throws DomainError `unsupported_format`, `empty_file`, `file_too_large`, `policy_unsupported`. */
export async function createVideo(
  { em, actor, settings, delivery }: Needs<'em' | 'actor' | 'settings' | 'delivery'>,
  input: CreateVideo,
): Promise<VideoView> {
  if (actor.kind !== 'user') throw new DomainError('forbidden', 'Only an owner can create a video');
  const policy = policyNamed(settings.policies, input.createdVia);
  const source = acceptSource(policy, { mimeType: input.sourceMime, sizeBytes: input.sourceSizeBytes });
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
    policy: input.createdVia,
    createdVia: input.createdVia,
  });
  await em.flush();
  return presentVideo(delivery, video);
}
