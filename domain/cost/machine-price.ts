import { dividedBy, type Exact, exact, fraction, plus, times } from './exact.ts';
import { rowOfRegion } from './price-row.ts';
import type { Machine, PriceByMonth, PriceByPart } from './prices/machines.ts';

/** The machine on which a deployment's worker runs. */
export interface WorkerMachine {
  readonly label: string;
  readonly vcpus: number;
  readonly usdPerMinute: Exact;
  readonly region: string;
  readonly priceIds: readonly string[];
}

const MINUTES_PER_HOUR = fraction(60);
const MINUTES_PER_DAY = 1440;

/** A machine of the price table, in a region or in the one that stands in for it. */
export function workerMachine(machine: Machine, region: string): WorkerMachine {
  const priced =
    machine.price.kind === 'by part'
      ? priceByPart(machine, machine.price, region)
      : priceByMonth(machine.price);
  return { label: machine.label, vcpus: machine.vcpus, ...priced };
}

/** A machine whose price its operator told; it counts as one with as many cores as the table's. */
export function ownMachine(usdPerHour: string, vcpus: number): WorkerMachine {
  return {
    label: `own machine, ${vcpus} cores`,
    vcpus,
    usdPerMinute: dividedBy(exact(usdPerHour), MINUTES_PER_HOUR),
    region: 'any',
    priceIds: ['COST_MACHINE_USD_PER_HOUR'],
  };
}

type Priced = Pick<WorkerMachine, 'usdPerMinute' | 'region' | 'priceIds'>;

function priceByPart(
  { vcpus, memoryGib }: Machine,
  { vcpuHour, gibHour }: PriceByPart,
  region: string,
): Priced {
  const vcpu = rowOfRegion(vcpuHour, region);
  const gib = rowOfRegion(gibHour, region);
  const hour = plus(times(exact(vcpu.usd), fraction(vcpus)), times(exact(gib.usd), fraction(memoryGib)));
  return {
    usdPerMinute: dividedBy(hour, MINUTES_PER_HOUR),
    region: vcpu.region,
    priceIds: [vcpu.id, gib.id],
  };
}

function priceByMonth({ month, billedDays }: PriceByMonth): Priced {
  const minutes = times(exact(billedDays.value), fraction(MINUTES_PER_DAY));
  return {
    usdPerMinute: dividedBy(exact(month.usd), minutes),
    region: month.region,
    priceIds: [month.id, billedDays.id],
  };
}
