import { sql } from 'kysely';
import type { ObjectStore, SignedUrl } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import { mayAct } from '../access/ownership.ts';
import type { Needs } from '../context.ts';
import { preparedRows } from '../prepared-query.ts';
import { extensionOf, policyNamed } from '../upload/accept-source.ts';
import { videoNotFound } from '../video/lock-video.ts';
import type { VideoStatus } from '../video/video-states.ts';

interface SourceRow {
  owner_id: string;
  title: string;
  policy: string;
  status: VideoStatus;
  source_file_key: string | null;
  file_name: string | null;
}

/** Before these are left, what stands as source (if anything) is not what is being uploaded. */
const WITHOUT_SOURCE: readonly VideoStatus[] = ['DRAFT', 'UPLOADING'];

/** Longer than this nobody waits to learn whether a source can be read. */
const LOOK_MS = 2000;

/**
 * Lets an owner fetch their own file back: a signed GET of the verified source, saved by browsers under the name it came
 * with. Never for playback.
 *
 * @returns null while there is no verified source, and for one that storage would not give out: archived, or gone
 * Throws DomainError `video_not_found`.
 */
export async function signSource(
  { em, actor, storage, settings }: Needs<'em' | 'actor' | 'storage' | 'settings'>,
  { videoId }: { videoId: string },
): Promise<SignedUrl | null> {
  const [video] = await preparedRows(
    em,
    sql<SourceRow>`
    select v.owner_id, v.title, v.policy, v.status, v.source_file_key, s.file_name
    from videos v left join upload_sessions s on s.video_id = v.id and s.file_key = v.source_file_key
    where v.id = ${videoId}::uuid and v.deleted_at is null`,
  );
  if (!video || !mayAct(actor, video.owner_id)) throw videoNotFound(videoId);
  const { source_file_key: key, policy, title, status } = video;
  if (key === null || WITHOUT_SOURCE.includes(status)) return null;
  if (!(await isReadable(storage.sources, key))) return null;
  return storage.sources.presignGet(key, {
    urlTtlSeconds: policyNamed(settings.policies, policy).urlTtlSeconds,
    attachmentFilename: video.file_name ?? `${title}.${extensionOf(key)}`,
  });
}

/** A storage that cannot say so now, or not soon, may be back when the address is used. */
async function isReadable(sources: ObjectStore, key: string): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), LOOK_MS);
  const look = sources.head(key).then(
    ({ archive }) => archive === undefined,
    (error: unknown) => !isStorageError(error, 'object_not_found'),
  );
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(timer);
  }
}
