import * as aws from '@pulumi/aws';
import { type CustomResourceOptions, type Input, jsonStringify, type Output } from '@pulumi/pulumi';

/** One statement of a policy; values may be known only when the resources are. */
export type Statement = Readonly<Record<string, Input<unknown>>>;

/** Everything that comes without TLS is refused, whoever asks. */
export function tlsOnly(bucketArn: Output<string>): Statement {
  return {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucketArn, bucketArn.apply((arn) => `${arn}/*`)],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/** One distribution may read every object, and nobody else by that name. */
export function readableByDistribution(
  bucketArn: Output<string>,
  distributionArn: Output<string>,
): Statement {
  return {
    Sid: 'CloudFrontReads',
    Effect: 'Allow',
    Principal: { Service: 'cloudfront.amazonaws.com' },
    Action: 's3:GetObject',
    Resource: bucketArn.apply((arn) => `${arn}/*`),
    Condition: { StringEquals: { 'aws:SourceArn': distributionArn } },
  };
}

/** The one policy that a bucket takes. */
export function bucketPolicy(
  name: string,
  bucket: Output<string>,
  statements: readonly Statement[],
  options: CustomResourceOptions,
): aws.s3.BucketPolicy {
  return new aws.s3.BucketPolicy(
    name,
    { bucket, policy: jsonStringify({ Version: '2012-10-17', Statement: statements }) },
    options,
  );
}
