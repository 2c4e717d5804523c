import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { LoadBalancer } from './load-balancer.ts';

export interface ApiRecordArgs {
  readonly zoneId: string;
  readonly domain: string;
  readonly balancer: LoadBalancer;
  /** Of the load balancer where there are two under the domain; null for one alone. */
  readonly region: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

const CHECK_EVERY_SECONDS = 30;
const CHECKS_FAILED_MAX = 3;

/**
 * How the domain leads to a load balancer: to the one that there is, or of two to the nearest whose API is ready. Ready
 * asks for the database (R19): an API that the network between the regions cuts off from it lives, and serves nobody.
 */
export class ApiRecord extends ComponentResource {
  /** Of the check that alone decides between two; null for one. */
  readonly checkId: Output<string> | null;

  constructor(name: string, args: ApiRecordArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:ApiRecord', name, {}, options);
    const { balancer, region, tags } = args;
    const check = region === null ? null : this.#check(name, balancer, tags);
    new aws.route53.Record(
      name,
      {
        zoneId: args.zoneId,
        name: args.domain,
        type: 'A',
        aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true }],
        ...(region !== null &&
          check && {
            setIdentifier: region,
            latencyRoutingPolicies: [{ region }],
            healthCheckId: check.id,
          }),
      },
      { parent: this },
    );
    this.checkId = check?.id ?? null;
    this.registerOutputs({});
  }

  /** By the load balancer's own name, whose certificate is the domain's: Route 53 does not look at certificates. */
  #check(
    name: string,
    balancer: LoadBalancer,
    tags: Readonly<Record<string, string>>,
  ): aws.route53.HealthCheck {
    return new aws.route53.HealthCheck(
      name,
      {
        type: 'HTTPS',
        fqdn: balancer.dnsName,
        port: 443,
        resourcePath: '/health/ready',
        enableSni: true,
        requestInterval: CHECK_EVERY_SECONDS,
        failureThreshold: CHECKS_FAILED_MAX,
        tags: { ...tags, Name: name },
      },
      { parent: this },
    );
  }
}
