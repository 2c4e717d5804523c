import { createHash } from 'node:crypto';
import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
} from '@pulumi/pulumi';
import { manifestCache, playbackHeaders, segmentCache } from './cache-policies.ts';

export interface MediaDistributionArgs {
  readonly originDomainName: Input<string>;
  readonly corsOrigins: readonly string[];
  /** Of a web ACL in us-east-1; null for none. */
  readonly webAclArn: Output<string> | null;
  /** Public keys whose holders may sign playback; none while every video is public. */
  readonly signerKeys: readonly string[];
  /** A domain of one's own with its certificate of us-east-1; null for CloudFront's name. */
  readonly own: { readonly domain: string; readonly certificateArn: string } | null;
  /** Survives `pulumi destroy`: its name is in addresses of playback that others keep. */
  readonly isProtected: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

const SEGMENT_PATTERNS = ['*.m4s', '*.mp4', '*.cmfv', '*.cmfa', '*.ts', '*.jpg'] as const;

/**
 * CloudFront before the media bucket, which nobody else may read. Versions stand in paths, so everything is cached for
 * long; manifests are compressed, segments are not.
 */
export class MediaDistribution extends ComponentResource {
  readonly arn: Output<string>;
  readonly id: Output<string>;
  readonly url: Output<string>;
  /** CloudFront's own, where a domain's CNAME leads. */
  readonly domainName: Output<string>;

  constructor(name: string, args: MediaDistributionArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:MediaDistribution', name, {}, options);
    const child = { parent: this };
    const access = new aws.cloudfront.OriginAccessControl(
      name,
      { originAccessControlOriginType: 's3', signingBehavior: 'always', signingProtocol: 'sigv4' },
      child,
    );
    const keys = signerKeysOf(args.signerKeys).map(
      ({ id, encodedKey }) => new aws.cloudfront.PublicKey(`${name}-${id}`, { encodedKey }, child),
    );
    const signers =
      keys.length > 0 ? [new aws.cloudfront.KeyGroup(name, { items: keys.map(({ id }) => id) }, child)] : [];
    const shared = {
      targetOriginId: 'media',
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: ['GET', 'HEAD', 'OPTIONS'],
      cachedMethods: ['GET', 'HEAD', 'OPTIONS'],
      responseHeadersPolicyId: playbackHeaders(name, args.corsOrigins, child).id,
    };
    const segments = segmentCache(name, child).id;
    const distribution = new aws.cloudfront.Distribution(
      name,
      {
        enabled: true,
        comment: name,
        httpVersion: 'http2and3',
        isIpv6Enabled: true,
        priceClass: 'PriceClass_100',
        origins: [{ originId: 'media', domainName: args.originDomainName, originAccessControlId: access.id }],
        defaultCacheBehavior: { ...shared, cachePolicyId: manifestCache(name, child).id, compress: true },
        orderedCacheBehaviors: SEGMENT_PATTERNS.map((pathPattern) => ({
          ...shared,
          pathPattern,
          cachePolicyId: segments,
          compress: false,
        })),
        // A version is published after its objects stand: what is missing may be there in a moment.
        customErrorResponses: [403, 404].map((errorCode) => ({ errorCode, errorCachingMinTtl: 1 })),
        restrictions: { geoRestriction: { restrictionType: 'none' } },
        ...(args.own
          ? {
              aliases: [args.own.domain],
              viewerCertificate: {
                acmCertificateArn: args.own.certificateArn,
                sslSupportMethod: 'sni-only',
                minimumProtocolVersion: 'TLSv1.2_2021',
              },
            }
          : { viewerCertificate: { cloudfrontDefaultCertificate: true } }),
        ...(args.webAclArn && { webAclId: args.webAclArn }),
        tags: args.tags,
      },
      { ...child, protect: args.isProtected, retainOnDelete: args.isProtected },
    );
    this.arn = distribution.arn;
    this.id = distribution.id;
    this.domainName = distribution.domainName;
    this.url = interpolate`https://${args.own?.domain ?? distribution.domainName}`;
    this.registerOutputs({ id: this.id, url: this.url, signerGroups: signers.map(({ id }) => id) });
  }
}

/**
 * Each key once, named by what it is, so that it keeps its id when another one comes or goes. CloudFront gives it back with
 * one newline at its end: given otherwise, it would be replaced at each `up`.
 */
function signerKeysOf(pems: readonly string[]): { id: string; encodedKey: string }[] {
  return [...new Set(pems.map((pem) => `${pem.trim()}\n`))].map((encodedKey) => ({
    id: createHash('sha256').update(encodedKey).digest('hex').slice(0, 8),
    encodedKey,
  }));
}
