import { rangeOf } from '../cidrs.ts';
import type { Recorded } from '../recording.ts';
import { allOf, type Inputs, type Rule } from '../rules.ts';

const WORLD = ['0.0.0.0/0', '::/0'];

/** Ports that the world may come in by, and only to the load balancer. */
const OPEN_PORTS = [80, 443];

const cidrOf = ({ cidrIpv4, cidrIpv6 }: Inputs) => cidrIpv4 ?? cidrIpv6;

/** Whether addresses are those of the stack's own networks, in any of its regions. */
function isOurs(cidr: string, resources: readonly Recorded[]): boolean {
  const { from, to } = rangeOf(cidr);
  return allOf(resources, 'Vpc')
    .map(({ inputs }) => rangeOf(String(inputs.cidrBlock)))
    .some((network) => network.from <= from && to <= network.to);
}

function comesIn({ name, inputs }: Recorded, resources: readonly Recorded[]): string[] {
  const { prefixListId, referencedSecurityGroupId, fromPort, toPort, ipProtocol, securityGroupId } = inputs;
  const cidr = cidrOf(inputs);
  if (ipProtocol === '-1') return [`${name}: lets in all there is`];
  if (prefixListId !== undefined || referencedSecurityGroupId !== undefined) return [];
  if (cidr === undefined) return [`${name}: names no source`];
  if (!WORLD.includes(String(cidr)))
    return isOurs(String(cidr), resources) ? [] : [`${name}: lets in ${cidr}, which is not ours`];
  return [
    ...(OPEN_PORTS.some((port) => fromPort === port && toPort === port)
      ? []
      : [`${name}: lets the world to ${fromPort}`]),
    ...(String(securityGroupId).includes('-balancer')
      ? []
      : [`${name}: lets the world to ${securityGroupId}`]),
  ];
}

const closed: Rule = (resources) =>
  allOf(resources, 'SecurityGroupIngressRule').flatMap((rule) => comesIn(rule, resources));

/** The service calls hosts that nobody knows beforehand; the load balancer calls the service, and a database nobody. */
const goesOut: Rule = (resources) =>
  allOf(resources, 'SecurityGroupEgressRule').flatMap(({ name, inputs }) => {
    const group = String(inputs.securityGroupId);
    const isToWorld = WORLD.includes(String(cidrOf(inputs)));
    if (group.includes('-database')) return [`${name}: a database calls somebody`];
    return isToWorld && !group.includes('-service') ? [`${name}: ${group} calls the world`] : [];
  });

/** Rules in a group itself, and those of the older kind, would not be seen by the rules above. */
const oneKind: Rule = (resources) => [
  ...allOf(resources, 'SecurityGroup')
    .filter(({ inputs }) => 'ingress' in inputs || 'egress' in inputs)
    .map(({ name }) => `SecurityGroup ${name}: has rules in itself`),
  ...allOf(resources, 'SecurityGroupRule').map(
    ({ name }) => `SecurityGroupRule ${name}: is of the older kind`,
  ),
];

/** A route to an internet gateway makes a subnet public, whatever it is called. */
const inPrivate: Rule = (resources) => {
  const open = allOf(resources, 'Route')
    .filter(({ inputs }) => WORLD.includes(String(inputs.destinationCidrBlock)) && 'gatewayId' in inputs)
    .map(({ inputs }) => inputs.routeTableId);
  const publicSubnets = allOf(resources, 'RouteTableAssociation')
    .filter(({ inputs }) => open.includes(inputs.routeTableId))
    .map(({ inputs }) => inputs.subnetId);
  return allOf(resources, 'SubnetGroup').flatMap(({ name, inputs }) =>
    (inputs.subnetIds as unknown[])
      .filter((id) => publicSubnets.includes(id))
      .map((id) => `SubnetGroup ${name}: ${id} can be reached from the world`),
  );
};

export const NETWORK_RULES: Readonly<Record<string, Rule>> = {
  'nothing is open but 80 and 443': closed,
  'only the service calls the world': goesOut,
  'security groups have rules of one kind': oneKind,
  'databases stand in private subnets': inPrivate,
};
