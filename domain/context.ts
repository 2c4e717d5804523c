import type { EntityManager } from '@mikro-orm/postgresql';
import type { ArchiveReader } from '#providers/archive/archive-reader.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { SourceInspector } from '#providers/transcoders/source-inspector.ts';
import type { Transcoder, TranscoderName, VersionMaker } from '#providers/transcoders/transcoder.ts';
import type { WebhookSender } from '#providers/webhooks/webhook-sender.ts';
import type { Enqueue } from './jobs.ts';
import type { Metrics } from './metrics.ts';
import type { Settings } from './settings.ts';
import type { MediaDelivery, Storages } from './storages.ts';

/** On whose behalf a verb runs. */
export type Actor =
  | {
      readonly kind: 'user';
      readonly ownerId: string;
      readonly scopes: readonly string[];
      /** As the token has it, for the record only. */
      readonly subject?: string;
    }
  /** Whoever holds the token of one upload session: may do with that session what its owner may, and nothing else (R16). */
  | { readonly kind: 'upload'; readonly ownerId: string; readonly sessionId: string }
  /** A job, a provider whose request was authenticated, or an operator at the command line, who is named for the record. */
  | { readonly kind: 'system'; readonly operator?: string };

/** One line of the log. `fields` never hold a token, a signature or a presigned query. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Transcoders {
  /** Who makes the renditions, unless the upload policy or whoever asks names another. */
  readonly defaultName: TranscoderName;
  /** Who tries where the first one has failed for good. */
  readonly fallbackName: TranscoderName | null;
  /** Those that this deployment has set up, whether or not this process runs them. */
  readonly configured: readonly TranscoderName[];
  /** Throws for one that this process does not have; nobody runs an `import`. */
  get(name: VersionMaker): Transcoder;
}

/** All that verbs may touch. Each names only what it needs: `Needs<'em' | 'storage'>`. */
export interface Context {
  /** A unit of work of its own for every request and every job. */
  readonly em: EntityManager;
  readonly actor: Actor;
  /** The two buckets, whichever storage a key's video lives in. */
  readonly storage: { readonly sources: ObjectStore; readonly media: ObjectStore };
  /** The storages themselves, for those who move videos between them. */
  readonly storages: Storages;
  readonly transcoders: Transcoders;
  readonly inspector: SourceInspector;
  readonly delivery: MediaDelivery;
  readonly archives: ArchiveReader;
  readonly webhooks: WebhookSender;
  readonly enqueue: Enqueue;
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => Date;
}

export type Needs<K extends keyof Context> = Pick<Context, K>;
