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
const TO_HTTPS = [{ type: 'redirect', redirect: { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' } }];
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
  /** What leads to the targets: ECS takes no target group to which nothing leads yet. */
  readonly way: aws.lb.Listener | aws.lb.ListenerRule;

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
    // One listener holds port 80 whatever it does there: two would be in each other's way when a domain comes or goes.
    const http = new aws.lb.Listener(
      `${name}-http`,
      {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: 'HTTP',
        defaultActions: isPublic ? TO_HTTPS : refuse('403'),
        tags,
      },
      child,
    );
    const listener = isPublic
      ? new aws.lb.Listener(
          name,
          {
            loadBalancerArn: balancer.arn,
            port: 443,
            protocol: 'HTTPS',
            sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
            certificateArn: args.certificateArn,
            defaultActions: forward,
            tags,
          },
          child,
        )
      : http;
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
    this.way = isPublic
      ? listener
      : new aws.lb.ListenerRule(
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
    this.registerOutputs({ arn: this.arn, dnsName: this.dnsName });
  }
}
