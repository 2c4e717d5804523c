import type { Recorded } from './recording.ts';
import { allOf } from './rules.ts';

/** Addresses of a network, the first and the last as numbers. */
interface Range {
  readonly cidr: string;
  readonly from: number;
  readonly to: number;
}

/** Throws when it is no network of IPv4, or has bits beyond its mask. */
export function rangeOf(cidr: string): Range {
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  const bytes = address.split('.').map(Number);
  const from = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - Number(bits));
  if (address === '' || Number(bits) > 32 || bytes.some((byte) => byte > 255) || from % size !== 0)
    throw new Error(`${cidr} is no network`);
  return { cidr, from, to: from + size - 1 };
}

/** Pairs of networks that share an address. */
export function overlapping(cidrs: readonly string[]): string[] {
  const ranges = cidrs.map(rangeOf);
  return ranges.flatMap((one, i) =>
    ranges
      .slice(i + 1)
      .filter((other) => one.from <= other.to && other.from <= one.to)
      .map((other) => `${one.cidr} and ${other.cidr} overlap`),
  );
}

/** Networks of a stack, in all its regions, share no address; a subnet lies in its network. */
export function networksApart(resources: readonly Recorded[]): string[] {
  const networks = allOf(resources, 'Vpc').map(({ name, inputs }) => ({
    id: `${name}-id`,
    cidr: String(inputs.cidrBlock ?? inputs.ipRange),
  }));
  const subnets = allOf(resources, 'Subnet').map(({ inputs }) => ({
    vpcId: inputs.vpcId,
    cidr: String(inputs.cidrBlock),
  }));
  return [
    ...overlapping(networks.map(({ cidr }) => cidr)),
    ...overlapping(subnets.map(({ cidr }) => cidr)),
    ...subnets
      .filter(({ vpcId, cidr }) => {
        const network = networks.find(({ id }) => id === vpcId);
        if (network === undefined) return true;
        const [outer, inner] = [rangeOf(network.cidr), rangeOf(cidr)];
        return inner.from < outer.from || inner.to > outer.to;
      })
      .map(({ cidr, vpcId }) => `${cidr} does not lie in ${vpcId}`),
  ];
}
