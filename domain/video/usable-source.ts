import type { EntityManager } from '@mikro-orm/postgresql';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { type FailReason, isSourceFault } from '../fail-reasons.ts';
import { restoreSource } from '../transcode/restore-source.ts';
import { HLS_MIME_TYPE } from '../upload/set-files.ts';
import type { Video } from './video.entity.ts';

/**
 * The key of a source that another try could make something of. Throws DomainError `source_unavailable` when there is
 * none, when it is itself at fault, or when it is a ready-made HLS set.
 */
export function refuseUnlessUsable(video: Video): string {
  if (!video.sourceFileKey)
    throw new DomainError('source_unavailable', 'There is no source to transcode; upload the file again');
  if (video.failReason && isSourceFault(video.failReason)) throw faulty(video.failReason);
  if (video.sourceMime === HLS_MIME_TYPE)
    throw new DomainError(
      'source_unavailable',
      'It was published as it came; there is no source to transcode',
    );
  return video.sourceFileKey;
}

/**
 * A READY video whose newest file turned out to be none plays on, and carries no reason: the letter of that look has it.
 * One that was transcoded before is looked at again.
 * Throws DomainError `source_unavailable`.
 */
export async function refuseIfFoundFaulty(em: EntityManager, { id, sourceFileKey }: Video): Promise<void> {
  const [letter] = await em.execute<{ reason: FailReason }[]>(
    `select d.reason from dead_letters d
     where d.video_id = ? and d.task = 'probe-source' and d.payload ->> 'sourceKey' = ?
       and not exists (select from transcode_jobs j where j.video_id = d.video_id and j.plan -> 'source' ->> 'key' = ?)
     order by d.created_at desc limit 1`,
    [id, sourceFileKey, sourceFileKey],
  );
  if (letter && isSourceFault(letter.reason)) throw faulty(letter.reason);
}

function faulty(reason: FailReason): DomainError {
  return new DomainError(
    'source_unavailable',
    `The source itself failed with ${reason}; upload another file`,
  );
}

/**
 * Looks for the source in storage. An archived one is asked for here, so that the same call succeeds in some hours.
 * Throws DomainError `source_unavailable` when it is gone or was replaced, `source_archived`; StorageError, a refusal of
 * the very look among them.
 */
export async function refuseUnlessReadable(
  { storage, log }: Needs<'storage' | 'log'>,
  video: Video,
): Promise<void> {
  const key = video.sourceFileKey ?? '';
  const { etag, archive } = await storage.sources.head(key).catch(refuseIfGone);
  if (etag !== video.sourceEtag)
    throw new DomainError('source_unavailable', 'The source was replaced in storage; upload the file again');
  if (archive === undefined) return;
  const asked = await restoreSource(storage.sources, key).catch((error: unknown) => {
    if (!isStorageError(error, 'restore_unsupported', 'access_refused')) return refuseIfGone(error);
    log.warn({ err: error, videoId: video.id }, 'the source is archived and cannot be asked for');
    throw archived('refused', error.message);
  });
  if (asked) throw archived(asked === 'archived' ? 'requested' : 'in_progress');
}

function refuseIfGone(error: unknown): never {
  if (!isStorageError(error, 'object_not_found')) throw error;
  throw new DomainError('source_unavailable', 'The source is no longer in storage; upload the file again');
}

const SENTENCES = {
  requested: 'The source is archived. It was asked for; come back in some hours',
  in_progress: 'The source is archived and on its way; come back later',
  refused: 'The source is archived, and storage takes no request for it',
} as const;

function archived(restore: keyof typeof SENTENCES, why?: string): DomainError {
  const detail = why === undefined ? SENTENCES[restore] : `${SENTENCES[restore]}: ${why}`;
  return new DomainError('source_archived', detail, { members: { restore } });
}
