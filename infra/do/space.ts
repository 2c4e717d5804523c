import * as digitalocean from '@pulumi/digitalocean';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { Region } from './regions.ts';

export interface SpaceArgs {
  readonly region: Region;
  /** Old contents of a key are kept for a while. */
  readonly isVersioned: boolean;
  /** Pages that may upload to it or read it, and how. */
  readonly cors: { readonly origins: readonly string[]; readonly methods: readonly string[] };
  readonly lifecycleRules: digitalocean.types.input.SpacesBucketLifecycleRule[];
  /** May be emptied by `pulumi destroy`. */
  readonly isDisposable: boolean;
}

/** Response headers that our clients read; a browser shows a page no others. */
const EXPOSED = ['ETag', 'Location', 'Retry-After', 'Content-Range', 'x-amz-request-id'];

/**
 * A bucket that nobody may list: its own ACL is private, always. Single objects of the media bucket are written
 * public-read by the service (R15), as the CDN has no key. A bucket policy would say the same once more, but Spaces
 * refuses policies on buckets that have keys of their own, and keys of their own are worth more.
 *
 * @see https://docs.digitalocean.com/products/spaces/how-to/configure-bucket-policies/
 */
export class Space extends ComponentResource {
  readonly bucket: Output<string>;
  readonly spaceUrn: Output<string>;
  /** What the CDN fetches from. */
  readonly domainName: Output<string>;

  constructor(name: string, args: SpaceArgs, options?: ComponentResourceOptions) {
    super('sluice:do:Space', name, {}, options);
    const bucket = new digitalocean.SpacesBucket(
      name,
      {
        region: args.region,
        acl: 'private',
        forceDestroy: args.isDisposable,
        lifecycleRules: args.lifecycleRules,
        ...(args.isVersioned && { versioning: { enabled: true } }),
      },
      { parent: this, protect: !args.isDisposable, retainOnDelete: !args.isDisposable },
    );
    // The bucket's own corsRules cannot expose headers, and without the ETag no browser finishes a multipart upload.
    new digitalocean.SpacesBucketCorsConfiguration(
      name,
      {
        bucket: bucket.name,
        region: args.region,
        corsRules: [
          {
            allowedOrigins: [...args.cors.origins],
            allowedMethods: [...args.cors.methods],
            allowedHeaders: ['*'],
            exposeHeaders: EXPOSED,
            maxAgeSeconds: 3600,
          },
        ],
      },
      { parent: this },
    );
    this.bucket = bucket.name;
    this.spaceUrn = bucket.bucketUrn;
    this.domainName = bucket.bucketDomainName;
    this.registerOutputs({ bucket: this.bucket });
  }
}
