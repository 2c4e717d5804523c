import { sql } from 'kysely';
import type { Context, Log } from '#domain/context.ts';
import { findHome } from '#domain/move/known-storages.ts';
import { SOURCE_AREAS } from '#domain/storage-keys.ts';
import type { StoragePlace } from '#domain/storages.ts';
import { prepareBuckets } from '#providers/storage/prepare-buckets.ts';
import { refusedSignatures } from '#providers/storage/refused-signatures.ts';
import { type S3Connection, s3Connection } from '#providers/storage/s3-object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { ResolvedConfig } from './config.ts';
import { s3From } from './config-settings.ts';
import { composeDelivery, mediaIsPublic, mediaStore } from './delivery.ts';
import type { Orm } from './orm.ts';
import { withSecondStorage } from './second-storage.ts';
import { stampStorage } from './stamp-storage.ts';
import { StartFailure } from './start-failure.ts';
import { sharedBucket, storageIdentity } from './storage-identity.ts';
import { type ReadStorage, routedDelivery, routedStorage } from './storage-routing.ts';

/** The part of a context that knows where objects are. */
export interface ComposedStorages extends Pick<Context, 'storage' | 'storages' | 'delivery'> {
  /** A line for each storage that refuses what its signing key signs. Never throws. */
  refusedSignatures(): Promise<string[]>;
  close(): void;
}

/**
 * The storage of this process, or both while there are two. With one nothing stands between a verb and its bucket.
 *
 * Throws StorageError, StartFailure.
 */
export async function composeStorages(
  config: ResolvedConfig,
  { orm, log, prepares }: { orm: Orm; log: Log; prepares: boolean },
): Promise<ComposedStorages> {
  const own = placeFrom(config);
  if (prepares) await prepare(config, own.connection, log);
  const { sources, media, delivery } = own.place;
  const secondConfig = withSecondStorage(config);
  if (!secondConfig)
    return {
      storage: { sources, media },
      storages: { own: own.place, second: null, homeId: own.place.id },
      delivery,
      refusedSignatures: () => signaturesRefused(config, own.connection),
      close: own.connection.close,
    };
  const second = placeFrom(secondConfig);
  if (own.place.id === second.place.id)
    throw new StartFailure(`SECOND_STORAGE is the same storage as the first one: ${own.place.id}.`);
  const shared = sharedBucket(config, secondConfig);
  if (shared !== null)
    throw new StartFailure(
      `SECOND_STORAGE has the bucket ${shared} of the first storage: what is moved out of it would be removed from it. Each storage needs two buckets of its own.`,
    );
  if (prepares)
    await prepare(secondConfig, second.connection, log).catch((error: unknown) => {
      // A cloud that is away must not keep from starting who serves from the other one.
      if (!isStorageError(error, 'unavailable')) throw error;
      log.warn({ err: error }, 'the second storage does not answer');
    });
  const places = { own: own.place, second: second.place };
  const storages = {
    ...places,
    homeId: await findHome(orm.em, places),
    ...(config.TRANSCODER_STORAGE === 'second' && { transcoded: second.place }),
  };
  stampStorage(orm.em, own.place.id);
  return {
    storage: routedStorage(storages, readStorageFrom(orm)),
    storages,
    delivery: routedDelivery(storages),
    refusedSignatures: async () => [
      ...(await signaturesRefused(config, own.connection)),
      ...(await signaturesRefused(secondConfig, second.connection)),
    ],
    close() {
      own.connection.close();
      second.connection.close();
    },
  };
}

function placeFrom(config: ResolvedConfig): { place: StoragePlace; connection: S3Connection } {
  const connection = s3Connection(s3From(config));
  const place = {
    id: storageIdentity(config),
    sources: connection.store(config.S3_SOURCE_BUCKET),
    media: mediaStore(config, connection),
    delivery: composeDelivery(config, connection),
  };
  return { place, connection };
}

async function prepare(config: ResolvedConfig, connection: S3Connection, log: Log): Promise<void> {
  const notices = await prepareBuckets(connection, {
    sourceBucket: config.S3_SOURCE_BUCKET,
    mediaBucket: config.S3_MEDIA_BUCKET,
    corsOrigins: config.CORS_ORIGINS,
    mediaIsPublic: mediaIsPublic(config, connection),
  });
  for (const notice of [...notices, ...(await signaturesRefused(config, connection))]) log.warn({}, notice);
}

function signaturesRefused(config: ResolvedConfig, { server }: S3Connection): Promise<string[]> {
  const [uploads] = SOURCE_AREAS;
  return refusedSignatures(server, config.S3_SOURCE_BUCKET, uploads);
}

function readStorageFrom(orm: Orm): ReadStorage {
  return async (videoId) => {
    const { rows } = await sql<{ storage: string | null }>`
      select storage from videos where id = ${videoId}::uuid`.execute(orm.em.fork().getKysely());
    return rows[0]?.storage;
  };
}
