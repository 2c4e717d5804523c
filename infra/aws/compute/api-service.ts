import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import type { Settings } from '../../settings.ts';
import type { Grant } from '../access/policies.ts';
import type { Measurements } from '../alarms/measurements.ts';
import type { LoadBalancer } from '../entrance/load-balancer.ts';
import { API_PORT } from '../network/security-groups.ts';
import type { Cluster } from './cluster.ts';
import { serviceContainers } from './containers.ts';
import { API_SIZES } from './fargate-sizes.ts';
import type { Migration } from './migration.ts';
import { scaleByRequests } from './scaling.ts';
import { Service, type Standing } from './service.ts';
import { Task } from './task.ts';

export interface ApiServiceArgs {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly standing: Standing;
  readonly balancer: LoadBalancer;
  /** What the API itself may do. */
  readonly grants: readonly Grant[];
  readonly measurements: Measurements;
  readonly migration: Migration;
  readonly tags: Readonly<Record<string, string>>;
}

/** The API of one region: behind the load balancer, as many as its requests take. */
export class ApiService extends ComponentResource {
  readonly serviceName: Output<string>;

  constructor(name: string, args: ApiServiceArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:ApiService', name, {}, options);
    const child = { parent: this };
    const { cluster, settings, balancer, measurements } = args;
    const task = new Task(
      name,
      {
        surroundings: cluster.surroundings,
        size: API_SIZES[settings.api.size],
        grants: [...args.grants, ...measurements.grants],
        own: measurements.collector(API_PORT),
        containers: (facts, collector) => serviceContainers('api', facts, collector),
      },
      child,
    );
    const service = new Service(
      name,
      {
        cluster: cluster.cluster,
        taskDefinitionArn: task.arn,
        fleet: settings.api,
        spot: false,
        standing: args.standing,
        migration: args.migration,
        target: { groupArn: balancer.targetGroupArn, containerName: 'api', port: API_PORT },
        tags: args.tags,
      },
      { ...child, dependsOn: [cluster.capacity, balancer.way] },
    );
    scaleByRequests(
      name,
      service.scaling,
      interpolate`${balancer.arnSuffix}/${balancer.targetGroupArnSuffix}`,
      { parent: service },
    );
    this.serviceName = service.serviceName;
    this.registerOutputs({ serviceName: this.serviceName });
  }
}
