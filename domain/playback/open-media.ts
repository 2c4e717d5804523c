import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type { ByteRange, StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { PUBLISHED_PATH } from './published-path.ts';

/** What can be published: a version's files, or a poster. Nothing else of the bucket is reachable. */
const PUBLISHED_KEY = new RegExp(
  `^videos/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?:hls|poster)/[0-9a-f]{32}/${PUBLISHED_PATH}$`,
);

export interface OpenedMedia {
  readonly object: StoredObject;
  /** Null when only the head was asked for. */
  readonly body: Readable | null;
  readonly range: { readonly start: number; readonly end: number };
}

/**
 * Opens a published object for delivery by the API itself.
 * Throws DomainError `not_found` for anything unpublished or deleted, StorageError `range_not_satisfiable`.
 */
export async function openMedia(
  { em, storage }: Needs<'em' | 'storage'>,
  { key, range, headOnly }: { key: string; range?: ByteRange; headOnly: boolean },
): Promise<OpenedMedia> {
  const videoId = PUBLISHED_KEY.exec(key)?.[1];
  if (videoId === undefined || !(await isAlive(em, videoId))) throw notFound();
  try {
    if (headOnly) {
      const object = await storage.media.head(key);
      return { object, body: null, range: { start: 0, end: object.sizeBytes - 1 } };
    }
    const opened = await storage.media.get(key, range ? { range } : {});
    return { object: opened.object, body: opened.body, range: opened.range };
  } catch (error) {
    if (isStorageError(error, 'object_not_found')) throw notFound();
    throw error;
  }
}

function notFound(): DomainError {
  return new DomainError('not_found', 'There is nothing here');
}

async function isAlive(em: Needs<'em'>['em'], videoId: string): Promise<boolean> {
  const { rows } = await sql`
    select from videos where id = ${videoId}::uuid and deleted_at is null`.execute(em.getKysely());
  return rows.length > 0;
}
