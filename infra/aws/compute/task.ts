import * as aws from '@pulumi/aws';
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  jsonStringify,
  type Output,
  output,
  type Unwrap,
} from '@pulumi/pulumi';
import type { Variable } from '../../environment.ts';
import type { Grant } from '../access/policies.ts';
import { type Place, serviceRole } from '../access/role.ts';
import { type ContainerFacts, VOLUMES } from './containers.ts';
import type { FargateSize } from './fargate-sizes.ts';
import type { SecretStore } from './secret-store.ts';

/** What the tasks of a cluster have in common. */
export interface TaskSurroundings {
  readonly image: string;
  readonly arm: boolean;
  readonly variables: readonly Variable[];
  readonly secrets: SecretStore['references'];
  readonly place: Place;
  readonly logGroup: Input<string>;
  readonly executionRoleArn: Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface TaskArgs<Own> {
  readonly surroundings: TaskSurroundings;
  /** What the containers are told beside the facts of every task. */
  readonly own: Input<Own>;
  readonly size: FargateSize;
  readonly grants: readonly Grant[];
  readonly containers: (facts: ContainerFacts, own: Unwrap<Own>) => unknown[];
}

/** What runs on Fargate under a role of its own. */
export class Task<Own = null> extends ComponentResource {
  readonly arn: Output<string>;
  readonly roleArn: Output<string>;

  constructor(name: string, args: TaskArgs<Own>, options?: ComponentResourceOptions) {
    super('sluice:aws:Task', name, {}, options);
    const child = { parent: this };
    const { surroundings, size } = args;
    const { place, tags } = surroundings;
    const role = serviceRole(
      name,
      { service: 'ecs-tasks.amazonaws.com', place, grants: args.grants, tags },
      child,
    );
    const facts = output({
      image: surroundings.image,
      environment: surroundings.variables
        .filter(({ isSecret }) => !isSecret)
        .map(({ name: variable, value }) => ({ name: variable, value })),
      secrets: [...surroundings.secrets],
      region: place.region,
      logGroup: surroundings.logGroup,
    });
    const definition = new aws.ecs.TaskDefinition(
      name,
      {
        family: name,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: String(size.cpuUnits),
        memory: String(size.memoryMib),
        executionRoleArn: surroundings.executionRoleArn,
        taskRoleArn: role.arn,
        runtimePlatform: {
          operatingSystemFamily: 'LINUX',
          cpuArchitecture: surroundings.arm ? 'ARM64' : 'X86_64',
        },
        volumes: [...VOLUMES],
        containerDefinitions: jsonStringify(
          all([facts, args.own]).apply(([known, own]) => args.containers({ ...known, size }, own)),
        ),
        tags,
      },
      child,
    );
    this.arn = definition.arn;
    this.roleArn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
