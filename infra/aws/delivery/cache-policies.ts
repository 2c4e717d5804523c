import * as aws from '@pulumi/aws';
import type { CustomResourceOptions } from '@pulumi/pulumi';

const YEAR_SECONDS = 31_536_000;
const DAY_SECONDS = 86_400;

/** No cookie, header or query makes a second copy of a segment. */
const KEY = {
  cookiesConfig: { cookieBehavior: 'none' },
  headersConfig: { headerBehavior: 'none' },
  queryStringsConfig: { queryStringBehavior: 'none' },
} as const;

/** Segments, posters and MP4s: immutable under their version, and compressed already. */
export function segmentCache(name: string, options: CustomResourceOptions): aws.cloudfront.CachePolicy {
  return new aws.cloudfront.CachePolicy(
    `${name}-segments`,
    {
      minTtl: DAY_SECONDS,
      defaultTtl: YEAR_SECONDS,
      maxTtl: YEAR_SECONDS,
      parametersInCacheKeyAndForwardedToOrigin: {
        ...KEY,
        enableAcceptEncodingGzip: false,
        enableAcceptEncodingBrotli: false,
      },
    },
    options,
  );
}

/** Playlists: immutable too, and text that is worth compressing. Shorter, as a takedown may come without invalidation. */
export function manifestCache(name: string, options: CustomResourceOptions): aws.cloudfront.CachePolicy {
  return new aws.cloudfront.CachePolicy(
    `${name}-manifests`,
    {
      minTtl: 1,
      defaultTtl: DAY_SECONDS,
      maxTtl: YEAR_SECONDS,
      parametersInCacheKeyAndForwardedToOrigin: {
        ...KEY,
        enableAcceptEncodingGzip: true,
        enableAcceptEncodingBrotli: true,
      },
    },
    options,
  );
}

/** Players in pages of other origins read playlists and segments; storage's own CORS plays no part. */
export function playbackHeaders(
  name: string,
  origins: readonly string[],
  options: CustomResourceOptions,
): aws.cloudfront.ResponseHeadersPolicy {
  return new aws.cloudfront.ResponseHeadersPolicy(
    `${name}-playback`,
    {
      corsConfig: {
        accessControlAllowCredentials: false,
        accessControlAllowHeaders: { items: ['Range', 'Origin', 'Accept'] },
        accessControlAllowMethods: { items: ['GET', 'HEAD', 'OPTIONS'] },
        accessControlAllowOrigins: { items: [...origins] },
        accessControlExposeHeaders: { items: ['ETag', 'Content-Length', 'Content-Range', 'Accept-Ranges'] },
        accessControlMaxAgeSec: 3600,
        originOverride: true,
      },
      securityHeadersConfig: { contentTypeOptions: { override: true } },
    },
    options,
  );
}
