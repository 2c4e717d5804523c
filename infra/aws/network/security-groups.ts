import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResource,
  type Input,
  type Output,
  output,
} from '@pulumi/pulumi';
import { onceAllStand } from './standing.ts';

/** Where the API listens inside the network. */
export const API_PORT = 4000;
const POSTGRES_PORT = 5432;

export interface SecurityGroupsArgs {
  readonly vpcId: Input<string>;
  /** False where CloudFront stands before the load balancer: then only CloudFront may call it. */
  readonly isPublic: boolean;
  /** Network of the other region, whose API asks the database; null where there is none, or no database here. */
  readonly databaseClientCidr: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** The groups of one environment. */
export interface GroupIds {
  readonly loadBalancerId: string;
  readonly serviceId: string;
  readonly databaseId: string;
}

/**
 * Who may talk to whom in one environment: the world (or CloudFront alone) to the load balancer, that one to the API, the
 * service to the database. Environments on one site cannot reach each other's; but from the network of a second region the
 * port of every database is reached, and its password alone guards it.
 */
export class SecurityGroups extends ComponentResource {
  /** Told when every rule stands. */
  readonly ids: Output<GroupIds>;
  readonly #tags: Readonly<Record<string, string>>;

  constructor(name: string, args: SecurityGroupsArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:SecurityGroups', name, {}, options);
    this.#tags = args.tags;
    const child = { parent: this };
    const group = (role: string, description: string) =>
      new aws.ec2.SecurityGroup(
        `${name}-${role}`,
        { vpcId: args.vpcId, description, tags: { ...args.tags, Name: `${name}-${role}` } },
        child,
      );
    const loadBalancer = group('balancer', 'Load balancer of the API');
    const service = group('service', 'API and workers');
    const database = group('database', 'Postgres');

    const rules: CustomResource[] = [];
    if (args.isPublic) {
      for (const port of [80, 443])
        rules.push(this.#allow(`${name}-world-${port}`, loadBalancer, port, { cidrIpv4: '0.0.0.0/0' }));
    } else {
      const cloudFront = aws.ec2.getManagedPrefixListOutput(
        { name: 'com.amazonaws.global.cloudfront.origin-facing' },
        child,
      );
      rules.push(this.#allow(`${name}-cloudfront`, loadBalancer, 80, { prefixListId: cloudFront.id }));
    }
    const from = (source: aws.ec2.SecurityGroup) => ({ referencedSecurityGroupId: source.id });
    rules.push(
      this.#allow(`${name}-api`, service, API_PORT, from(loadBalancer)),
      this.#allow(`${name}-postgres`, database, POSTGRES_PORT, from(service)),
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-balancer-out`,
        {
          securityGroupId: loadBalancer.id,
          ipProtocol: 'tcp',
          fromPort: API_PORT,
          toPort: API_PORT,
          ...from(service),
          tags: args.tags,
        },
        child,
      ),
      // To storage, providers, owners' webhooks: hosts that nobody knows beforehand.
      new aws.vpc.SecurityGroupEgressRule(
        `${name}-service-out`,
        { securityGroupId: service.id, ipProtocol: '-1', cidrIpv4: '0.0.0.0/0', tags: args.tags },
        child,
      ),
    );
    if (args.databaseClientCidr !== null)
      rules.push(
        // Groups of another region cannot be named.
        this.#allow(`${name}-postgres-away`, database, POSTGRES_PORT, { cidrIpv4: args.databaseClientCidr }),
      );
    this.ids = onceAllStand(
      rules,
      output({ loadBalancerId: loadBalancer.id, serviceId: service.id, databaseId: database.id }),
    );
    this.registerOutputs({ ids: this.ids });
  }

  #allow(
    name: string,
    group: aws.ec2.SecurityGroup,
    port: number,
    source: Pick<
      aws.vpc.SecurityGroupIngressRuleArgs,
      'cidrIpv4' | 'prefixListId' | 'referencedSecurityGroupId'
    >,
  ): CustomResource {
    return new aws.vpc.SecurityGroupIngressRule(
      name,
      {
        securityGroupId: group.id,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        ...source,
        tags: this.#tags,
      },
      { parent: this },
    );
  }
}
