import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { Settings } from '../../settings.ts';
import { protectionGrants } from '../access/grants.ts';
import type { Grant } from '../access/policies.ts';
import type { Measurements } from '../alarms/measurements.ts';
import type { Cluster } from './cluster.ts';
import { serviceContainers, WORKER_METRICS_PORT } from './containers.ts';
import { WORKER_SIZES } from './fargate-sizes.ts';
import type { Migration } from './migration.ts';
import { backlogOf, scaleByBacklog } from './scaling.ts';
import { Service, type Standing } from './service.ts';
import { Task } from './task.ts';

export interface WorkerServiceArgs {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly standing: Standing;
  /** What a worker itself may do. */
  readonly grants: readonly Grant[];
  readonly measurements: Measurements;
  readonly migration: Migration;
  readonly tags: Readonly<Record<string, string>>;
}

/** The workers: as many as wait for one, and none is taken away that is encoding. */
export class WorkerService extends ComponentResource {
  readonly serviceName: Output<string>;

  constructor(name: string, args: WorkerServiceArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:WorkerService', name, {}, options);
    const child = { parent: this };
    const { cluster, settings, measurements } = args;
    const { environment, transcoder, service: own, worker: fleet } = settings;
    // Of two storages a transcoder elsewhere was given one: FFmpeg has the videos of the other.
    const sharesWork = transcoder !== 'ffmpeg' && settings.secondRegion !== null;
    const encodes = transcoder === 'ffmpeg' || own.transcoderFallback === 'ffmpeg' || sharesWork;
    const task = new Task(
      name,
      {
        surroundings: cluster.surroundings,
        size: WORKER_SIZES[encodes ? 'encodes' : 'calls'][fleet.size],
        grants: [
          ...args.grants,
          ...protectionGrants(cluster.surroundings.place, cluster.cluster.name),
          ...measurements.grants,
        ],
        own: measurements.collector(WORKER_METRICS_PORT),
        containers: (facts, collector) => serviceContainers('worker', facts, collector),
      },
      child,
    );
    const service = new Service(
      name,
      {
        cluster: cluster.cluster,
        taskDefinitionArn: task.arn,
        fleet,
        spot: settings.spot,
        standing: args.standing,
        migration: args.migration,
        target: null,
        tags: args.tags,
      },
      { ...child, dependsOn: cluster.capacity },
    );
    const alone = transcoder === 'ffmpeg' ? 'ffmpeg' : 'others';
    const backlog = backlogOf(sharesWork ? 'both' : alone);
    scaleByBacklog(
      name,
      service.scaling,
      { environment, backlog, max: fleet.max, tags: args.tags },
      { parent: service },
    );
    this.serviceName = service.serviceName;
    this.registerOutputs({ serviceName: this.serviceName });
  }
}
