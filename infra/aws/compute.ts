import * as aws from '@pulumi/aws';
import { type Input, interpolate, type Output } from '@pulumi/pulumi';
import type { Variable } from '../environment.ts';
import type { TranscodingPart } from '../platform.ts';
import type { Settings } from '../settings.ts';
import { COLLECTOR_IMAGE, collectorConfig } from './collector.ts';
import { onceContainers, serviceContainers, WORKER_METRICS_PORT } from './containers.ts';
import type { DataFacts } from './data.ts';
import type { Entrance } from './entrance.ts';
import { API_SIZES, type FargateSize, WORKER_SIZES } from './fargate-sizes.ts';
import {
  apiGrants,
  collectorGrants,
  executionGrants,
  mediaConvertCallerGrants,
  protectionGrants,
  workerGrants,
} from './grants.ts';
import type { Grant } from './policies.ts';
import { type Place, serviceRole } from './role.ts';
import { backlogOf, scaleByBacklog, scaleByRequests } from './scaling.ts';
import { SecretStore } from './secret-store.ts';
import { API_PORT } from './security-groups.ts';
import { Service } from './service.ts';
import type { SiteFacts } from './site.ts';
import { Task } from './task.ts';

const LOGS_KEPT_DAYS = 30;

export interface ComputeArgs {
  readonly settings: Settings;
  readonly variables: readonly Variable[];
  readonly transcoding: TranscodingPart;
  readonly site: Output<SiteFacts>;
  readonly data: Output<DataFacts>;
  readonly serviceGroupId: Input<string>;
  readonly entrance: Entrance;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Compute {
  readonly clusterName: Output<string>;
  readonly apiServiceName: Output<string>;
  readonly workerServiceName: Output<string>;
  /** What `aws ecs run-task` starts for operators: `ops` with other words. */
  readonly onceTaskArn: Output<string>;
  readonly logGroupName: Output<string>;
}

/** The cluster, the tasks of every role with what each may do, and the services that keep them up. */
export function makeCompute(name: string, args: ComputeArgs): Compute {
  const { settings, site, data, entrance, place, tags } = args;
  const cluster = new aws.ecs.Cluster(name, { tags });
  const capacity = new aws.ecs.ClusterCapacityProviders(
    name,
    { clusterName: cluster.name, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] },
    { parent: cluster },
  );
  const logs = new aws.cloudwatch.LogGroup(name, { retentionInDays: LOGS_KEPT_DAYS, tags });
  const measurements = new aws.cloudwatch.LogGroup(`${name}-metrics`, { retentionInDays: 1, tags });
  const secrets = new SecretStore(name, {
    variables: args.variables.filter(({ isSecret }) => isSecret),
    isDisposable: !settings.protectData,
    tags,
  });
  const execution = serviceRole(
    `${name}-execution`,
    {
      service: 'ecs-tasks.amazonaws.com',
      place,
      grants: executionGrants({
        repositoryArn: site.repositoryArn,
        secretArn: secrets.arn,
        logGroupArns: [logs.arn],
      }),
      tags,
    },
    {},
  );
  const task = (role: 'api' | 'worker' | 'once', size: FargateSize, grants: readonly Grant[]) =>
    new Task(`${name}-${role}`, {
      image: settings.image,
      variables: args.variables,
      secrets: secrets.references,
      size,
      arm: settings.arm,
      place,
      logGroup: logs.name,
      executionRoleArn: execution.arn,
      grants,
      containers: (facts) =>
        role === 'once'
          ? onceContainers(facts)
          : serviceContainers(role, facts, {
              image: COLLECTOR_IMAGE,
              config: collectorConfig({
                environment: settings.environment,
                region: facts.region,
                logGroup: facts.measurements,
                metricsPort: role === 'api' ? API_PORT : WORKER_METRICS_PORT,
                traces: settings.extras.tracing,
              }),
            }),
      measurements: measurements.name,
      tags,
    });
  const transcodesHere =
    args.transcoding.kind === 'ffmpeg' || settings.service.transcoderFallback === 'ffmpeg';
  const calls =
    args.transcoding.kind === 'mediaconvert' ? mediaConvertCallerGrants(place, args.transcoding) : [];
  const collects = collectorGrants(measurements.arn, settings.extras.tracing);
  const api = task('api', API_SIZES[settings.api.size], [...apiGrants(data), ...calls, ...collects]);
  const worker = task('worker', WORKER_SIZES[transcodesHere ? 'encodes' : 'calls'][settings.worker.size], [
    ...workerGrants(data),
    ...calls,
    ...protectionGrants(place, cluster.name),
    ...collects,
  ]);
  const once = task('once', API_SIZES.small, [...workerGrants(data), ...calls]);
  const service = (role: 'api' | 'worker', taskArn: Input<string>) =>
    new Service(
      `${name}-${role}`,
      {
        cluster,
        taskDefinitionArn: taskArn,
        fleet: settings[role],
        spot: role === 'worker' && settings.spot,
        subnetIds: site.apply((facts) => [
          ...(facts.hasPrivateEgress ? facts.privateSubnetIds : facts.publicSubnetIds),
        ]),
        securityGroupId: args.serviceGroupId,
        hasPublicAddress: site.hasPrivateEgress.apply((has) => !has),
        target:
          role === 'api'
            ? { groupArn: entrance.balancer.targetGroupArn, containerName: 'api', port: API_PORT }
            : null,
        tags,
      },
      { dependsOn: [capacity, entrance.balancer.listener] },
    );
  const apiService = service('api', api.arn);
  const workerService = service('worker', worker.arn);
  scaleByRequests(
    `${name}-api`,
    apiService.scaling,
    interpolate`${entrance.balancer.arnSuffix}/${entrance.balancer.targetGroupArnSuffix}`,
    { parent: apiService },
  );
  const { environment, worker: fleet } = settings;
  scaleByBacklog(
    `${name}-worker`,
    workerService.scaling,
    { environment, backlog: backlogOf(args.transcoding.kind === 'ffmpeg'), max: fleet.max },
    { parent: workerService },
  );
  return {
    clusterName: cluster.name,
    apiServiceName: apiService.serviceName,
    workerServiceName: workerService.serviceName,
    onceTaskArn: once.arn,
    logGroupName: logs.name,
  };
}
