import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { Variable } from '../../environment.ts';
import type { TranscodingPart } from '../../platform.ts';
import type { Settings } from '../../settings.ts';
import {
  apiGrants,
  mediaConvertCancelGrants,
  mediaConvertOrderGrants,
  operatorGrants,
  transcribeGrants,
  workerGrants,
} from '../access/grants.ts';
import type { Place } from '../access/role.ts';
import { Measurements } from '../alarms/measurements.ts';
import type { Entrance } from '../entrance/entrance.ts';
import type { SiteFacts } from '../site.ts';
import type { StorageFacts } from '../storage/regional-storage.ts';
import { ApiService } from './api-service.ts';
import { Cluster } from './cluster.ts';
import { onceContainers } from './containers.ts';
import { API_SIZES } from './fargate-sizes.ts';
import { type Migration, migrationHook } from './migration.ts';
import type { Standing } from './service.ts';
import { Task } from './task.ts';
import { WorkerService } from './worker-service.ts';

export interface ComputeArgs {
  readonly settings: Settings;
  readonly variables: readonly Variable[];
  readonly transcoding: TranscodingPart;
  readonly site: Output<SiteFacts>;
  /** Those of every region, the home's first: services work with all of them. */
  readonly storages: readonly [Output<StorageFacts>, ...Output<StorageFacts>[]];
  readonly standing: Standing;
  readonly entrance: Entrance;
  /** How long a migration may take. */
  readonly migrationMaxMinutes: number;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/** The tasks of every role with what each may do, and the services that keep them up. */
export class Compute extends ComponentResource {
  readonly clusterName: Output<string>;
  readonly apiServiceName: Output<string>;
  readonly workerServiceName: Output<string>;
  /** What `aws ecs run-task` starts for operators: `ops` with other words. */
  readonly onceTaskArn: Output<string>;
  readonly measurements: Measurements;
  /** What every service on this database waits for, whichever region it is in. */
  readonly migration: Migration;

  constructor(name: string, args: ComputeArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Compute', name, {}, options);
    const child = { parent: this };
    const { settings, transcoding, storages, place, standing, tags } = args;
    const { repositoryArn } = args.site;
    const cluster = new Cluster(
      name,
      { settings, variables: args.variables, repositoryArn, place, tags },
      child,
    );
    const measurements = new Measurements(
      `${name}-metrics`,
      { environment: settings.environment, traces: settings.extras.tracing, place, tags },
      child,
    );
    const ordered = transcoding.kind === 'mediaconvert' ? transcoding : null;
    const orders = ordered ? mediaConvertOrderGrants(place, ordered) : [];
    const cancels = ordered ? mediaConvertCancelGrants(place) : [];
    const captions = settings.extras.transcribe
      ? transcribeGrants(place, settings.environment, storages[0].mediaBucket)
      : [];
    const ofWorkers = [...storages.flatMap(workerGrants), ...orders, ...captions];
    const once = new Task(
      `${name}-once`,
      {
        surroundings: cluster.surroundings,
        size: API_SIZES.small,
        grants: [...storages.flatMap(operatorGrants), ...cancels],
        own: null,
        containers: onceContainers,
      },
      child,
    );
    this.migration = {
      hook: migrationHook(
        `${name}-migration`,
        {
          region: place.region,
          clusterArn: cluster.cluster.arn,
          taskDefinitionArn: once.arn,
          logGroup: cluster.logGroupName,
          ...standing,
        },
        args.migrationMaxMinutes,
      ),
      needs: [once, cluster.capacity],
    };
    const shared = { cluster, settings, standing, measurements, migration: this.migration, tags };
    const { balancer } = args.entrance;
    const api = new ApiService(
      `${name}-api`,
      { ...shared, balancer, grants: [...storages.flatMap(apiGrants), ...cancels] },
      child,
    );
    const worker = new WorkerService(`${name}-worker`, { ...shared, grants: ofWorkers }, child);
    this.clusterName = cluster.cluster.name;
    this.apiServiceName = api.serviceName;
    this.workerServiceName = worker.serviceName;
    this.onceTaskArn = once.arn;
    this.measurements = measurements;
    this.registerOutputs({ clusterName: this.clusterName });
  }
}
