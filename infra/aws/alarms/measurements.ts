import * as aws from '@pulumi/aws';
import { all, ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { collectorGrants } from '../access/grants.ts';
import type { Grant } from '../access/policies.ts';
import type { Place } from '../access/role.ts';
import { COLLECTOR_IMAGE, collectorConfig } from './collector.ts';

/** The container that collects measurements beside the service's. */
export interface Collector {
  readonly image: string;
  readonly config: string;
}

export interface MeasurementsArgs {
  readonly environment: string;
  readonly traces: boolean;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/** Where the collectors beside an environment's tasks write, wherever these run: alarms and scaling look here. */
export class Measurements extends ComponentResource {
  /** What a task needs whose collector writes here. */
  readonly grants: readonly Grant[];
  readonly #args: MeasurementsArgs;
  readonly #logGroup: Output<string>;

  constructor(name: string, args: MeasurementsArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Measurements', name, {}, options);
    const { tags } = args;
    const logs = new aws.cloudwatch.LogGroup(name, { retentionInDays: 1, tags }, { parent: this });
    this.grants = collectorGrants(logs.arn, args.traces);
    this.#args = args;
    this.#logGroup = logs.name;
    this.registerOutputs({ logGroup: logs.name });
  }

  /** The collector of a role that answers /metrics at a port. */
  collector(metricsPort: number): Output<Collector> {
    const { environment, traces, place } = this.#args;
    return all([place.region, this.#logGroup]).apply(([region, logGroup]) => ({
      image: COLLECTOR_IMAGE,
      config: collectorConfig({ environment, region, logGroup, metricsPort, traces }),
    }));
  }
}
