import { cloudFrontDelivery } from '#providers/delivery/cloudfront-delivery.ts';
import type { Delivery } from '#providers/delivery/delivery.ts';
import { localDelivery } from '#providers/delivery/local-delivery.ts';
import { spacesCdnDelivery } from '#providers/delivery/spaces-cdn-delivery.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import type { S3Connection } from '#providers/storage/s3-object-store.ts';
import type { ResolvedConfig } from './config.ts';
import { s3From } from './config-settings.ts';

/** Who takes the media bucket to viewers, as the configuration says; it has been checked to be whole. */
export function composeDelivery(config: ResolvedConfig, { server }: S3Connection): Delivery {
  switch (config.DELIVERY) {
    case 'local':
      return localDelivery(config.PUBLIC_URL);
    case 'cloudfront': {
      const { credentials } = s3From(config);
      return cloudFrontDelivery({
        url: needed(config, 'CLOUDFRONT_URL'),
        distributionId: needed(config, 'CLOUDFRONT_DISTRIBUTION_ID'),
        // Keys of another vendor's storage mean nothing to AWS.
        ...(server.vendor.name === 'aws' && credentials && { credentials }),
      });
    }
    case 'spaces-cdn':
      return spacesCdnDelivery({
        url: needed(config, 'SPACES_CDN_URL'),
        endpointId: needed(config, 'SPACES_CDN_ENDPOINT_ID'),
        token: needed(config, 'SPACES_CDN_TOKEN'),
      });
  }
}

/**
 * Whether browsers reach the media bucket itself: the CDN of Spaces passes questions on, has no key, and so needs what it
 * serves to be readable by anybody. Sources never are (R15).
 */
export function mediaIsPublic(config: Pick<ResolvedConfig, 'DELIVERY'>, { server }: S3Connection): boolean {
  return config.DELIVERY === 'spaces-cdn' && server.vendor.cdnNeedsPublicObjects;
}

/** The bucket that is played from. Everything written through this store can be delivered as the configuration says. */
export function mediaStore(
  config: Pick<ResolvedConfig, 'DELIVERY' | 'S3_MEDIA_BUCKET'>,
  connection: S3Connection,
): ObjectStore {
  return connection.store(config.S3_MEDIA_BUCKET, {
    ...(mediaIsPublic(config, connection) && { objectAcl: 'public-read' }),
  });
}

function needed<Name extends keyof ResolvedConfig>(config: ResolvedConfig, name: Name) {
  const value = config[name];
  if (value === undefined || value === null) throw new Error(`${name} is not set`);
  return value;
}
