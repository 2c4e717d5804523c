import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResource,
  type Input,
  type Output,
  output,
} from '@pulumi/pulumi';
import type { Nat } from '../../settings.ts';
import { onceAllStand } from './standing.ts';
import { subnetCidrs } from './subnet-cidrs.ts';

export interface NetworkArgs {
  /** 16 bits; each zone gets a public and a private subnet out of it. */
  readonly cidr: string;
  readonly region: Input<string>;
  readonly nat: Nat;
  readonly tags: Readonly<Record<string, string>>;
}

const ZONES = 2;

/**
 * A VPC in two zones. Public subnets hold the load balancer, private ones all else; S3 is reached by a gateway endpoint,
 * which costs nothing and passes no NAT. With `nat: none` there are no private routes out, and tasks stand in the public
 * subnets with nothing let in.
 */
export class Network extends ComponentResource {
  readonly vpcId: Output<string>;
  readonly cidr: string;
  /** Told when whatever stands in them reaches the world; so are the private ones. */
  readonly publicSubnetIds: Output<string[]>;
  readonly privateSubnetIds: Output<string[]>;
  /** Of the subnets where tasks or the database may stand: without a NAT tasks stand in the public ones. */
  readonly inhabitedRouteTables: readonly aws.ec2.RouteTable[];

  constructor(name: string, args: NetworkArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Network', name, {}, options);
    const child = { parent: this };
    const { tags } = args;
    const vpc = new aws.ec2.Vpc(
      name,
      {
        cidrBlock: args.cidr,
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: { ...tags, Name: name },
      },
      child,
    );
    // Without the zones that an account has to opt into, which stand elsewhere and lack most services.
    const zones = aws.getAvailabilityZonesOutput(
      {
        state: 'available',
        filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
      },
      child,
    ).names;
    const gateway = new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags }, child);
    const publicRoutes = new aws.ec2.RouteTable(`${name}-public`, { vpcId: vpc.id, tags }, child);
    const ways: CustomResource[] = [
      new aws.ec2.Route(
        `${name}-public-out`,
        { routeTableId: publicRoutes.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id },
        child,
      ),
    ];
    const cidrs = subnetCidrs(args.cidr, ZONES);
    const subnet = (kind: 'public' | 'private', zone: number) =>
      new aws.ec2.Subnet(
        `${name}-${kind}-${zone}`,
        {
          vpcId: vpc.id,
          cidrBlock: cidrs[kind][zone] ?? '',
          availabilityZone: zones.apply((names) => names[zone] ?? ''),
          tags: { ...tags, Name: `${name}-${kind}-${zone}` },
        },
        // A zone that AWS lists no more for a while moves no subnet, and with it no database.
        { ...child, ignoreChanges: ['availabilityZone'] },
      );
    const publicSubnets = Array.from({ length: ZONES }, (_, zone) => subnet('public', zone));
    const privateSubnets = Array.from({ length: ZONES }, (_, zone) => subnet('private', zone));
    publicSubnets.forEach((each, zone) => {
      ways.push(
        new aws.ec2.RouteTableAssociation(
          `${name}-public-${zone}`,
          { subnetId: each.id, routeTableId: publicRoutes.id },
          child,
        ),
      );
    });

    const gateways = natGateways(name, args, publicSubnets, { ...child, dependsOn: gateway });
    const privateRoutes = privateSubnets.map((each, zone) => {
      const table = new aws.ec2.RouteTable(`${name}-private-${zone}`, { vpcId: vpc.id, tags }, child);
      const nat = gateways[zone] ?? gateways[0];
      if (nat)
        ways.push(
          new aws.ec2.Route(
            `${name}-private-out-${zone}`,
            { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', natGatewayId: nat.id },
            child,
          ),
        );
      ways.push(
        new aws.ec2.RouteTableAssociation(
          `${name}-private-${zone}`,
          { subnetId: each.id, routeTableId: table.id },
          child,
        ),
      );
      return table;
    });
    new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId: vpc.id,
        serviceName: output(args.region).apply((region) => `com.amazonaws.${region}.s3`),
        vpcEndpointType: 'Gateway',
        routeTableIds: [publicRoutes.id, ...privateRoutes.map((table) => table.id)],
        tags,
      },
      child,
    );
    this.vpcId = vpc.id;
    this.cidr = args.cidr;
    this.inhabitedRouteTables = args.nat === 'none' ? [...privateRoutes, publicRoutes] : privateRoutes;
    this.publicSubnetIds = onceAllStand(ways, output(publicSubnets.map(({ id }) => id)));
    this.privateSubnetIds = onceAllStand(ways, output(privateSubnets.map(({ id }) => id)));
    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
    });
  }
}

/** None, one for all zones, or one a zone, so that the loss of a zone does not cut off the other. */
function natGateways(
  name: string,
  { nat, tags }: NetworkArgs,
  publicSubnets: readonly aws.ec2.Subnet[],
  // AWS makes none in a network that has no way out yet.
  child: { parent: ComponentResource; dependsOn: CustomResource },
): aws.ec2.NatGateway[] {
  const count = { none: 0, one: 1, perAz: publicSubnets.length }[nat];
  return publicSubnets.slice(0, count).map((subnet, zone) => {
    const address = new aws.ec2.Eip(`${name}-nat-${zone}`, { domain: 'vpc', tags }, child);
    return new aws.ec2.NatGateway(
      `${name}-${zone}`,
      { allocationId: address.id, subnetId: subnet.id, tags },
      child,
    );
  });
}
