import { createHmac } from 'node:crypto';
import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
} from '@pulumi/pulumi';

/** By it the load balancer knows CloudFront's own calls from those of any other distribution. */
export const ORIGIN_HEADER = 'x-sluice-origin';

/** AWS's own policies, the same ids in every account: nothing cached, everything of the viewer's passed on. */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER = '216adef6-5c7f-47e4-b989-5492eafa07d3';
/** As long as CloudFront waits for an origin without a higher quota. */
const ORIGIN_SECONDS_MAX = 60;
/** Shorter than the load balancer keeps an idle connection (60 s), or requests meet a closed one. */
const ORIGIN_KEEPALIVE_SECONDS = 50;

/** What CloudFront sends in ORIGIN_HEADER; made from another secret, which it does not give away. */
export function originSecretFrom(secret: Output<string>): Output<string> {
  return secret.apply((key) =>
    createHmac('sha256', key).update('cloudfront to the load balancer').digest('hex'),
  );
}

/** CloudFront before the API, where there is no domain of one's own: its name has a certificate already. */
export class ApiDistribution extends ComponentResource {
  readonly url: Output<string>;
  readonly id: Output<string>;

  constructor(
    name: string,
    args: {
      readonly originDomainName: Input<string>;
      readonly originSecret: Output<string>;
      readonly webAclArn: Output<string>;
      readonly tags: Readonly<Record<string, string>>;
    },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:ApiDistribution', name, {}, options);
    const distribution = new aws.cloudfront.Distribution(
      name,
      {
        enabled: true,
        comment: name,
        httpVersion: 'http2and3',
        isIpv6Enabled: true,
        origins: [
          {
            originId: 'api',
            domainName: args.originDomainName,
            customHeaders: [{ name: ORIGIN_HEADER, value: args.originSecret }],
            customOriginConfig: {
              httpPort: 80,
              httpsPort: 443,
              originProtocolPolicy: 'http-only',
              originSslProtocols: ['TLSv1.2'],
              originReadTimeout: ORIGIN_SECONDS_MAX,
              originKeepaliveTimeout: ORIGIN_KEEPALIVE_SECONDS,
            },
          },
        ],
        defaultCacheBehavior: {
          targetOriginId: 'api',
          viewerProtocolPolicy: 'redirect-to-https',
          allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
          cachedMethods: ['GET', 'HEAD'],
          cachePolicyId: CACHING_DISABLED,
          originRequestPolicyId: ALL_VIEWER,
          compress: true,
        },
        restrictions: { geoRestriction: { restrictionType: 'none' } },
        viewerCertificate: { cloudfrontDefaultCertificate: true },
        webAclId: args.webAclArn,
        tags: args.tags,
      },
      { parent: this },
    );
    this.url = interpolate`https://${distribution.domainName}`;
    this.id = distribution.id;
    this.registerOutputs({ url: this.url });
  }
}
