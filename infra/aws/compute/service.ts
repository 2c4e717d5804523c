import * as aws from '@pulumi/aws';
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
} from '@pulumi/pulumi';
import type { Fleet } from '../../settings.ts';
import type { Migration } from './migration.ts';

/** Where the tasks of a service stand. */
export interface Standing {
  readonly subnetIds: Output<string[]>;
  readonly securityGroupId: Output<string>;
  /** In public subnets a task reaches the world by an address of its own. */
  readonly hasPublicAddress: Output<boolean>;
}

export interface ServiceArgs {
  readonly cluster: aws.ecs.Cluster;
  readonly taskDefinitionArn: Input<string>;
  readonly fleet: Fleet;
  /** On capacity that AWS may take back after two minutes. */
  readonly spot: boolean;
  readonly standing: Standing;
  /** Runs to its end before this service is made or changed. */
  readonly migration: Migration;
  readonly target: {
    readonly groupArn: Input<string>;
    readonly containerName: string;
    readonly port: number;
  } | null;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Tasks of one role, on a schema that is this release's. A deployment whose tasks do not come up goes back to what ran
 * before, and `pulumi up` fails. How many there are is autoscaling's affair once they run.
 */
export class Service extends ComponentResource {
  readonly serviceName: Output<string>;
  /** What autoscaling policies act on. */
  readonly scaling: aws.appautoscaling.Target;

  constructor(name: string, args: ServiceArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Service', name, {}, options);
    const { fleet, standing, migration, target } = args;
    const service = new aws.ecs.Service(
      name,
      {
        cluster: args.cluster.arn,
        taskDefinition: args.taskDefinitionArn,
        desiredCount: fleet.min,
        capacityProviderStrategies: [{ capacityProvider: args.spot ? 'FARGATE_SPOT' : 'FARGATE', weight: 1 }],
        // Without it another capacity (`spot`) is refused; where nothing changes it does nothing.
        forceNewDeployment: true,
        platformVersion: 'LATEST',
        deploymentCircuitBreaker: { enable: true, rollback: true },
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        availabilityZoneRebalancing: 'ENABLED',
        propagateTags: 'SERVICE',
        waitForSteadyState: true,
        networkConfiguration: {
          subnets: standing.subnetIds,
          securityGroups: [standing.securityGroupId],
          assignPublicIp: standing.hasPublicAddress,
        },
        ...(target && {
          loadBalancers: [
            {
              targetGroupArn: target.groupArn,
              containerName: target.containerName,
              containerPort: target.port,
            },
          ],
          healthCheckGracePeriodSeconds: 120,
        }),
        tags: args.tags,
      },
      {
        parent: this,
        ignoreChanges: ['desiredCount'],
        dependsOn: [...migration.needs],
        // A task that encodes is protected from a deploy too (scale-in-protection.ts), which waits for its end.
        customTimeouts: { create: '30m', update: '3h', delete: '3h' },
        hooks: { beforeCreate: [migration.hook], beforeUpdate: [migration.hook] },
      },
    );
    this.scaling = new aws.appautoscaling.Target(
      name,
      {
        serviceNamespace: 'ecs',
        scalableDimension: 'ecs:service:DesiredCount',
        resourceId: interpolate`service/${args.cluster.name}/${service.name}`,
        minCapacity: fleet.min,
        maxCapacity: fleet.max,
        tags: args.tags,
      },
      { parent: this },
    );
    // A deployment that went back to the tasks before it is steady as well, and the provider takes it for done.
    this.serviceName = all([service.name, service.taskDefinition, args.taskDefinitionArn]).apply(
      ([known, runs, told]) => onItsOwnTasks(known, runs, told),
    );
    this.registerOutputs({ serviceName: this.serviceName });
  }
}

/** Throws one line for a service that does not run what it was told to. */
export function onItsOwnTasks(service: string, runs: string | undefined, told: string): string {
  if (runs === told) return service;
  throw new Error(
    `The tasks of ${service} did not come up, and ECS went back to ${runs}; the service's events say why`,
  );
}
