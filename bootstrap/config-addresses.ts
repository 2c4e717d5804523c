import type { S3Options } from '#providers/storage/s3-server.ts';
import type { Config } from './config.ts';
import type { DatabaseAddress } from './database-address.ts';

/** Where Postgres is and whom to trust there. */
export function databaseFrom(config: Pick<Config, 'DATABASE_URL' | 'DATABASE_CA_CERT'>): DatabaseAddress {
  const { DATABASE_URL: url, DATABASE_CA_CERT: caCertificate } = config;
  return { url, ...(caCertificate !== undefined && { caCertificate }) };
}

/** How to reach storage. Without a key, which only AWS can do, the SDK's own chain serves. */
export function s3From(config: Config): S3Options {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  return {
    region: config.S3_REGION,
    ...(config.S3_ENDPOINT !== undefined && { endpoint: config.S3_ENDPOINT }),
    ...(config.S3_PUBLIC_ENDPOINT !== undefined && { publicEndpoint: config.S3_PUBLIC_ENDPOINT }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    ...(config.S3_FORCE_PATH_STYLE !== undefined && { forcePathStyle: config.S3_FORCE_PATH_STYLE }),
    ...(config.S3_VENDOR !== undefined && { vendor: config.S3_VENDOR }),
  };
}
