import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { API_PORT } from '../network/security-groups.ts';
import { ORIGIN_HEADER } from './api-distribution.ts';

export interface LoadBalancerArgs {
  readonly vpcId: Input<string>;
  readonly subnetIds: Input<Input<string>[]>;
  readonly securityGroupId: Input<string>;
  /** HTTPS by this certificate for the whole world; null: HTTP for CloudFront, which proves itself by `originSecret`. */
  readonly certificateArn: Input<string> | null;
  readonly originSecret: Output<string>;
  readonly logBucket: Input<string>;
  readonly isProtected: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Shorter than the service keeps a connection open (65 s), or requests meet a closed one; longer than the pauses of SSE. */
const IDLE_SECONDS = 60;
/** What only collectors and operators inside the network ask for. */
const INSIDE_ONLY = ['/metrics'] as const;

/** The API's load balancer. Health is /health/live, which asks nobody else (R19). */
export class LoadBalancer extends ComponentResource {
  readonly arn: Output<string>;
  readonly dnsName: Output<string>;
  readonly zoneId: Output<string>;
  readonly targetGroupArn: Output<string>;
  /** As CloudWatch and autoscaling name them. */
  readonly arnSuffix: Output<string>;
  readonly targetGroupArnSuffix: Output<string>;
  /** Tasks register only where a listener stands already. */
  readonly listener: aws.lb.Listener;

  constructor(name: string, args: LoadBalancerArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:LoadBalancer', name, {}, options);
    const child = { parent: this };
    const { tags } = args;
    const balancer = new aws.lb.LoadBalancer(
      name,
      {
        loadBalancerType: 'application',
        securityGroups: [args.securityGroupId],
        subnets: args.subnetIds,
        idleTimeout: IDLE_SECONDS,
        dropInvalidHeaderFields: true,
        enableDeletionProtection: args.isProtected,
        accessLogs: { bucket: args.logBucket, prefix: 'api', enabled: true },
        tags,
      },
      child,
    );
    const targets = new aws.lb.TargetGroup(
      name,
      {
        vpcId: args.vpcId,
        port: API_PORT,
        protocol: 'HTTP',
        targetType: 'ip',
        deregistrationDelay: 30,
        healthCheck: {
          path: '/health/live',
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
        },
        tags,
      },
      child,
    );
    const forward = [{ type: 'forward', targetGroupArn: targets.arn }];
    const refuse = (statusCode: string) => [
      {
        type: 'fixed-response',
        fixedResponse: { contentType: 'text/plain', messageBody: 'Not here', statusCode },
      },
    ];
    const isPublic = args.certificateArn !== null;
    const listener = new aws.lb.Listener(
      name,
      {
        loadBalancerArn: balancer.arn,
        ...(isPublic
          ? {
              port: 443,
              protocol: 'HTTPS',
              sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
              certificateArn: args.certificateArn,
              defaultActions: forward,
            }
          : { port: 80, protocol: 'HTTP', defaultActions: refuse('403') }),
        tags,
      },
      child,
    );
    new aws.lb.ListenerRule(
      `${name}-inside`,
      {
        listenerArn: listener.arn,
        priority: 1,
        conditions: [{ pathPattern: { values: [...INSIDE_ONLY] } }],
        actions: refuse('404'),
        tags,
      },
      child,
    );
    if (isPublic) redirectToHttps(name, balancer, tags, child);
    else
      new aws.lb.ListenerRule(
        `${name}-cloudfront`,
        {
          listenerArn: listener.arn,
          priority: 2,
          conditions: [{ httpHeader: { httpHeaderName: ORIGIN_HEADER, values: [args.originSecret] } }],
          actions: forward,
          tags,
        },
        child,
      );
    this.arn = balancer.arn;
    this.dnsName = balancer.dnsName;
    this.zoneId = balancer.zoneId;
    this.targetGroupArn = targets.arn;
    this.arnSuffix = balancer.arnSuffix;
    this.targetGroupArnSuffix = targets.arnSuffix;
    this.listener = listener;
    this.registerOutputs({ arn: this.arn, dnsName: this.dnsName });
  }
}

function redirectToHttps(
  name: string,
  balancer: aws.lb.LoadBalancer,
  tags: Readonly<Record<string, string>>,
  child: { parent: ComponentResource },
): void {
  new aws.lb.Listener(
    `${name}-redirect`,
    {
      loadBalancerArn: balancer.arn,
      port: 80,
      protocol: 'HTTP',
      defaultActions: [
        { type: 'redirect', redirect: { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' } },
      ],
      tags,
    },
    child,
  );
}
