import type { NetworkName } from './prices/delivery.ts';
import type { MachineName } from './prices/machines.ts';
import type { StoreName } from './prices/storage.ts';

/** What of a deployment decides its costs. */
export interface CostSettings {
  /** Where the worker runs, for its price. */
  readonly machine: MachineName;
  /** What its operator pays for it instead, decimal digits; null for the list price. */
  readonly machineUsdPerHour: string | null;
  /** Transcodes that share one machine. */
  readonly transcodesPerMachine: number;
  /** Region of buckets, machines and MediaConvert, as AWS calls it. */
  readonly region: string;
  /** Whose storage and whose network it uses, where their prices are known. */
  readonly store: StoreName | null;
  readonly network: NetworkName | null;
}
