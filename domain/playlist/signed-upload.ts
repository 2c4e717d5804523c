import type { EntityManager } from '@mikro-orm/postgresql';
import type { SignedUrl } from '#providers/storage/object-store.ts';
import type { Needs } from '../context.ts';
import type { SourceFields } from '../upload/accept-source.ts';

export type SignContext = Needs<
  'em' | 'actor' | 'storage' | 'delivery' | 'settings' | 'enqueue' | 'metrics' | 'now'
>;

/** The contract whose limits hold. */
export const POLICY = 'admin';

export interface SignUpload {
  readonly fileName: string;
  readonly contentType: string | null;
  readonly sizeBytes?: number;
  readonly title?: string;
  /** How the contract calls its members, for refusals. */
  readonly fields: SourceFields;
}

/** The same, by an owner. */
export interface OwnersUpload extends SignUpload {
  readonly ownerId: string;
}

export interface SignedUpload {
  readonly playlistId: string;
  /** Null for an archive: its videos come with its entries. */
  readonly videoId: string | null;
  /** The key that the URL writes to. */
  readonly key: string;
  readonly signed: SignedUrl;
  /** What the PUT has to send, exactly. Null: whatever it likes, because no type was named. */
  readonly contentType: string | null;
}

/** Lets requests of one owner for one file through one after the other, until the transaction ends. */
export async function takeTurns(tx: EntityManager, { ownerId, fileName }: OwnersUpload): Promise<void> {
  await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `signed-upload:${ownerId}:${fileName}`,
  ]);
}
