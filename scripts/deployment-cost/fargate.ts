import { type Exact, exact, fraction, microsOf, plus, times } from '#domain/cost/exact.ts';
import { MACHINES } from '#domain/cost/prices/machines.ts';
import { LOAD } from './assumptions.ts';
import type { BillLine } from './bill.ts';

/** Cores and GiB of memory of one task, in decimal digits. */
export interface TaskSize {
  readonly vcpus: string;
  readonly gib: string;
}

/** An hour of one task, and the rows behind it. */
export function hourOf({ vcpus, gib }: TaskSize): { readonly usd: Exact; readonly priceIds: string[] } {
  const { price } = MACHINES['fargate-x86'];
  if (price.kind !== 'by part') throw new Error('Fargate is priced by part');
  const [vcpu] = price.vcpuHour;
  const [memory] = price.gibHour;
  const usd = plus(times(exact(vcpu.usd), exact(vcpus)), times(exact(memory.usd), exact(gib)));
  return { usd, priceIds: [vcpu.id, memory.id] };
}

/** So many tasks, all month. */
export function tasksLine(item: string, size: TaskSize, count: number): BillLine {
  const { usd, priceIds } = hourOf(size);
  return {
    item: `${item}, Fargate`,
    detail: `${count} x ${size.vcpus} vCPU, ${size.gib} GiB`,
    usdMicros: microsOf(times(usd, exact(LOAD.hoursOfMonth.value), fraction(count))),
    priceIds,
  };
}
