import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
} from '@pulumi/pulumi';

export interface PrivateBucketArgs {
  /** Old contents of a key are kept for a while. */
  readonly isVersioned: boolean;
  /** Pages that may upload to it or read it, and how. Null: browsers have nothing to do here. */
  readonly cors: { readonly origins: readonly string[]; readonly methods: readonly string[] } | null;
  readonly lifecycleRules: aws.types.input.s3.BucketLifecycleConfigurationRule[];
  /** May be emptied by `pulumi destroy`. */
  readonly isDisposable: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** A browser may read the ETag of a part only where it is exposed; the service asks for all of these at its start. */
const EXPOSED = ['ETag', 'Location', 'Retry-After', 'Content-Range', 'x-amz-request-id'] as const;

/**
 * A bucket that only its owner reaches: public access blocked, no ACLs, encrypted. Its policy is a resource of its own
 * beside it, since each bucket takes one only (`bucketPolicy`).
 */
export class PrivateBucket extends ComponentResource {
  readonly bucket: Output<string>;
  readonly arn: Output<string>;
  /** What CloudFront fetches from. */
  readonly regionalDomainName: Output<string>;
  /** For what a bucket has of its own: a `destroy` that leaves the bucket leaves it private, too. */
  readonly own: CustomResourceOptions;

  constructor(name: string, args: PrivateBucketArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:PrivateBucket', name, {}, options);
    const isKept = !args.isDisposable;
    this.own = { parent: this, protect: isKept, retainOnDelete: isKept };
    const { own } = this;
    const bucket = new aws.s3.Bucket(name, { forceDestroy: args.isDisposable, tags: args.tags }, own);
    const of = { bucket: bucket.bucket };
    new aws.s3.BucketPublicAccessBlock(
      name,
      {
        ...of,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      own,
    );
    new aws.s3.BucketOwnershipControls(
      name,
      { ...of, rule: { objectOwnership: 'BucketOwnerEnforced' } },
      own,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      { ...of, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] },
      own,
    );
    if (args.isVersioned)
      new aws.s3.BucketVersioning(name, { ...of, versioningConfiguration: { status: 'Enabled' } }, own);
    if (args.cors)
      new aws.s3.BucketCorsConfiguration(
        name,
        {
          ...of,
          corsRules: [
            {
              allowedOrigins: [...args.cors.origins],
              allowedMethods: [...args.cors.methods],
              allowedHeaders: ['*'],
              exposeHeaders: [...EXPOSED],
              maxAgeSeconds: 3600,
            },
          ],
        },
        own,
      );
    if (args.lifecycleRules.length > 0)
      new aws.s3.BucketLifecycleConfiguration(name, { ...of, rules: args.lifecycleRules }, own);
    this.bucket = bucket.bucket;
    this.arn = bucket.arn;
    this.regionalDomainName = bucket.bucketRegionalDomainName;
    this.registerOutputs({ bucket: this.bucket, arn: this.arn });
  }
}
