import type { ConnectionOptions } from 'node:tls';

/** Where Postgres is and whom we trust there. */
export interface DatabaseAddress {
  readonly url: string;
  /** PEM. pg takes `sslmode=require` as verify-full, and no managed provider's CA is in Node's own store (R20). */
  readonly caCertificate?: string;
}

/**
 * The part of pg's options that every client shares: the ORM, graphile-worker, the migrator, LISTEN.
 * pg lets `sslmode` in the URL replace the `ssl` object, so the URL loses it here and the object says it all.
 */
export function poolOptions(database: DatabaseAddress): {
  connectionString: string;
  ssl?: ConnectionOptions;
} {
  const url = new URL(database.url);
  const mode = url.searchParams.get('sslmode');
  const wantsTls = database.caCertificate !== undefined || (mode !== null && mode !== 'disable');
  if (!wantsTls) return { connectionString: database.url };
  url.searchParams.delete('sslmode');
  return {
    connectionString: url.toString(),
    ssl: { rejectUnauthorized: true, ...(database.caCertificate && { ca: database.caCertificate }) },
  };
}
