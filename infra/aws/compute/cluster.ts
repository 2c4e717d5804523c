import * as aws from '@pulumi/aws';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import type { Variable } from '../../environment.ts';
import type { Settings } from '../../settings.ts';
import { executionGrants } from '../access/grants.ts';
import { type Place, serviceRole } from '../access/role.ts';
import { SecretStore } from './secret-store.ts';
import type { TaskSurroundings } from './task.ts';

const LOGS_KEPT_DAYS = 30;

export interface ClusterArgs {
  readonly settings: Settings;
  /** The environment of the service. */
  readonly variables: readonly Variable[];
  readonly repositoryArn: Input<string>;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/** What all tasks of an environment share in one region: the cluster, their secrets, their logs, and who starts them. */
export class Cluster extends ComponentResource {
  readonly cluster: aws.ecs.Cluster;
  /** Services name its providers, which have to be there. */
  readonly capacity: aws.ecs.ClusterCapacityProviders;
  readonly logGroupName: Output<string>;
  readonly surroundings: TaskSurroundings;

  constructor(name: string, args: ClusterArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Cluster', name, {}, options);
    const child = { parent: this };
    const { settings, variables, place, tags } = args;
    this.cluster = new aws.ecs.Cluster(name, { tags }, child);
    this.capacity = new aws.ecs.ClusterCapacityProviders(
      name,
      { clusterName: this.cluster.name, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] },
      { parent: this.cluster },
    );
    const logs = new aws.cloudwatch.LogGroup(name, { retentionInDays: LOGS_KEPT_DAYS, tags }, child);
    const secrets = new SecretStore(
      name,
      {
        variables: variables.filter(({ isSecret }) => isSecret),
        isDisposable: !settings.protectData,
        tags,
      },
      child,
    );
    const execution = serviceRole(
      `${name}-execution`,
      {
        service: 'ecs-tasks.amazonaws.com',
        place,
        grants: executionGrants({
          repositoryArn: args.repositoryArn,
          secretArn: secrets.arn,
          logGroupArns: [logs.arn],
        }),
        tags,
      },
      child,
    );
    this.logGroupName = logs.name;
    this.surroundings = {
      image: settings.image,
      arm: settings.arm,
      variables,
      secrets: secrets.references,
      place,
      logGroup: logs.name,
      executionRoleArn: execution.arn,
      tags,
    };
    this.registerOutputs({ name: this.cluster.name });
  }
}
