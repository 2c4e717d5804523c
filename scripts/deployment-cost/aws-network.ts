import { exact, fraction, times } from '#domain/cost/exact.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { LOAD } from './assumptions.ts';
import { type BillLine, joined, lineOf } from './bill.ts';

const PRICES = PLATFORM_PRICES.aws;
const HOURS = exact(LOAD.hoursOfMonth.value);
/** The stack stands in two zones, and so does its load balancer, with an address in each. */
const ZONES = 2;

/** The words of the key `nat`, each with how many gateways it makes. */
export const WAYS_OUT = { none: 0, one: 1, perAz: ZONES } as const;
export type WayOut = keyof typeof WAYS_OUT;

/** Way out of the network, and the addresses in the world that are rented for it. Without a gateway each task has one. */
export function networkLine(way: WayOut, tasks: number): BillLine {
  const gateways = WAYS_OUT[way];
  const addresses = ZONES + (gateways === 0 ? tasks : gateways);
  const rented = lineOf('addresses', PRICES.addressHour, times(HOURS, fraction(addresses)), '');
  if (gateways === 0) return joined('addresses, no NAT', `${addresses} addresses`, [rented]);
  const words = gateways === 1 ? 'one gateway' : `${gateways} gateways`;
  return joined('NAT gateway and addresses', `${words}, ${LOAD.natGib.value} GiB, ${addresses} addresses`, [
    lineOf('hours', PRICES.natHour, times(HOURS, fraction(gateways)), ''),
    lineOf('data', PRICES.natGib, exact(LOAD.natGib.value), ''),
    rented,
  ]);
}

export function balancerLine(): BillLine {
  return joined('load balancer', 'one, at one LCU', [
    lineOf('hours', PRICES.balancerHour, HOURS, ''),
    lineOf('LCU', PRICES.balancerUnitHour, HOURS, ''),
  ]);
}
