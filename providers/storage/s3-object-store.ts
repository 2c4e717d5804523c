import type { ObjectStore } from './object-store.ts';
import type { ObjectAcl } from './s3-bucket.ts';
import { s3BucketStore } from './s3-bucket-store.ts';
import { type S3Options, type S3Server, s3Server } from './s3-server.ts';

/** A connection to one S3 server, shared by the stores of its buckets. */
export interface S3Connection {
  readonly server: S3Server;
  /**
   * The store of one bucket, which is not checked to exist. Costs nothing.
   *
   * @param options.objectAcl who may read what is written there, beside the bucket's owner: nobody by default
   */
  store(bucket: string, options?: { objectAcl?: ObjectAcl | undefined }): ObjectStore;
  /** Drops all sockets. Calls under way fail. */
  close(): void;
}

/** The adapter of the storage port for every S3-compatible server. Opens nothing yet: the first call connects. */
export function s3Connection(options: S3Options): S3Connection {
  const server = s3Server(options);
  return {
    server,
    store: (bucket, options) => s3BucketStore(server, bucket, options),
    close: () => server.client.destroy(),
  };
}

/** The store of one bucket with a connection of its own, for programs that need no second bucket. */
export function s3ObjectStore(options: S3Options & { bucket: string }): ObjectStore & { close(): void } {
  const connection = s3Connection(options);
  return { ...connection.store(options.bucket), close: connection.close };
}
