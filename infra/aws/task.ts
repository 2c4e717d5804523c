import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  jsonStringify,
  type Output,
  output,
} from '@pulumi/pulumi';
import type { Variable } from '../environment.ts';
import { type ContainerFacts, VOLUMES } from './containers.ts';
import type { FargateSize } from './fargate-sizes.ts';
import type { Grant } from './policies.ts';
import { type Place, serviceRole } from './role.ts';
import type { SecretStore } from './secret-store.ts';

export interface TaskArgs {
  readonly image: string;
  readonly variables: readonly Variable[];
  readonly secrets: SecretStore['references'];
  readonly size: FargateSize;
  readonly arm: boolean;
  readonly place: Place;
  readonly logGroup: Input<string>;
  readonly executionRoleArn: Input<string>;
  readonly grants: readonly Grant[];
  /** Log group of the collector's measurements. */
  readonly measurements: Input<string>;
  readonly containers: (facts: ContainerFacts & { readonly measurements: string }) => unknown[];
  readonly tags: Readonly<Record<string, string>>;
}

/** What runs on Fargate under a role of its own. */
export class Task extends ComponentResource {
  readonly arn: Output<string>;
  readonly roleArn: Output<string>;

  constructor(name: string, args: TaskArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Task', name, {}, options);
    const child = { parent: this };
    const { place, size, tags } = args;
    const role = serviceRole(
      name,
      { service: 'ecs-tasks.amazonaws.com', place, grants: args.grants, tags },
      child,
    );
    const facts = output({
      image: args.image,
      environment: args.variables
        .filter(({ isSecret }) => !isSecret)
        .map(({ name: variable, value }) => ({ name: variable, value })),
      secrets: [...args.secrets],
      region: place.region,
      logGroup: args.logGroup,
      measurements: args.measurements,
    });
    const definition = new aws.ecs.TaskDefinition(
      name,
      {
        family: name,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: String(size.cpuUnits),
        memory: String(size.memoryMib),
        executionRoleArn: args.executionRoleArn,
        taskRoleArn: role.arn,
        runtimePlatform: {
          operatingSystemFamily: 'LINUX',
          cpuArchitecture: args.arm ? 'ARM64' : 'X86_64',
        },
        volumes: [...VOLUMES],
        containerDefinitions: jsonStringify(facts.apply((known) => args.containers({ ...known, size }))),
        tags,
      },
      child,
    );
    this.arn = definition.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
