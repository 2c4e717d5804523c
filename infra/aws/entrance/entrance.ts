import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
} from '@pulumi/pulumi';
import type { AwsSettings } from '../aws-settings.ts';
import { ApiDistribution, originSecretFrom } from './api-distribution.ts';
import { ApiRecord } from './api-record.ts';
import { Certificate } from './certificate.ts';
import { apiFirewall } from './firewall.ts';
import { LoadBalancer } from './load-balancer.ts';

export interface EntranceArgs {
  /** Of the API; null where CloudFront's own name serves. */
  readonly domain: string | null;
  readonly aws: AwsSettings;
  /** Of this entrance where the domain leads to two; null for one. */
  readonly region: string | null;
  /** Name of the record that proves the domain where the other region's entrance made it; null to make it. */
  readonly proof: Output<string> | null;
  readonly vpcId: Input<string>;
  readonly subnetIds: Input<Input<string>[]>;
  readonly securityGroupId: Input<string>;
  readonly logBucket: Input<string>;
  readonly webhookSecret: Output<string>;
  readonly isProtected: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * How the world reaches the API: by a domain of its own, with a certificate at the load balancer; or by a name of
 * CloudFront's, and then the load balancer takes CloudFront's calls alone, and of those only our distribution's.
 */
export class Entrance extends ComponentResource {
  readonly publicUrl: Output<string>;
  readonly balancer: LoadBalancer;
  readonly firewall: { readonly name: Output<string>; readonly atCloudFront: boolean };
  /** Name of the record that proves the domain; null where no certificate was made. */
  readonly proof: Output<string> | null;
  /** Of the check by which the domain leads here; null where it leads nowhere else. */
  readonly checkId: Output<string> | null;

  constructor(name: string, args: EntranceArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Entrance', name, {}, options);
    const child = { parent: this };
    const { domain, tags } = args;
    const originSecret = originSecretFrom(args.webhookSecret);
    const certificate = domain === null ? null : certificateOf(name, domain, args, child);
    const balancer = new LoadBalancer(
      name,
      {
        ...args,
        certificateArn: certificate?.arn ?? null,
        originSecret,
      },
      child,
    );
    const atCloudFront = domain === null;
    const firewall = apiFirewall(name, { rateLimit: args.aws.apiRateLimit, atCloudFront, tags }, child);
    let checkId: Output<string> | null = null;
    if (domain === null)
      this.publicUrl = new ApiDistribution(
        `${name}-api`,
        { originDomainName: balancer.dnsName, originSecret, webAclArn: firewall.arn, tags },
        child,
      ).url;
    else {
      new aws.wafv2.WebAclAssociation(name, { resourceArn: balancer.arn, webAclArn: firewall.arn }, child);
      const { region, aws: own } = args;
      if (own.zoneId !== null)
        ({ checkId } = new ApiRecord(name, { zoneId: own.zoneId, domain, balancer, region, tags }, child));
      this.publicUrl = interpolate`https://${domain}`;
    }
    this.balancer = balancer;
    this.firewall = { name: firewall.name, atCloudFront };
    this.proof = certificate?.proof ?? null;
    this.checkId = checkId;
    this.registerOutputs({ publicUrl: this.publicUrl });
  }
}

/** Made and proved in the zone, or one that exists. Throws one line where there is neither. */
function certificateOf(
  name: string,
  domain: string,
  { aws: { certificateArn, zoneId }, proof, tags }: EntranceArgs,
  child: { parent: ComponentResource },
): { readonly arn: Input<string>; readonly proof: Output<string> | null } {
  if (certificateArn !== null) return { arn: certificateArn, proof: null };
  if (zoneId !== null) return new Certificate(name, { domain, zoneId, proof, tags }, child);
  throw new Error(
    'domain needs zoneId, its zone in Route 53, or certificateArn, a certificate for it in ACM',
  );
}
