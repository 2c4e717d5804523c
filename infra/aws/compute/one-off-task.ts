import { randomUUID } from 'node:crypto';
import type {
  DescribeTasksRequest,
  DescribeTasksResponse,
  RunTaskRequest,
  RunTaskResponse,
  Task,
} from '@aws-sdk/client-ecs';

/** What is asked of ECS. */
export interface TaskRunner {
  run(request: RunTaskRequest): Promise<RunTaskResponse>;
  describe(request: DescribeTasksRequest): Promise<DescribeTasksResponse>;
}

/** A task that runs to its end, where it stands, and the container by whose exit code it is judged. */
export interface OneOffTask {
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly container: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  readonly hasPublicAddress: boolean;
}

export interface Limits {
  /** Until its containers run: pulling the image, and waiting for capacity. */
  readonly startMaxSeconds: number;
  /** Until it has ended. */
  readonly runMaxSeconds: number;
  readonly pollSeconds: number;
}

export interface Clock {
  now(): number;
  wait(seconds: number): Promise<void>;
}

export interface EndedTask {
  readonly taskId: string;
  /** Null where the container never ran. */
  readonly exitCode: number | null;
  /** In AWS's words. */
  readonly reason: string;
}

/** What passes by itself: no capacity, a role that is younger than what asks for it, too many calls. */
const PASSES = /^RESOURCE|capacity|unable to assume the role|ResourceInitializationError|throttl/i;

/**
 * Starts a task and waits until it has stopped. Where AWS has no room, or has not heard of a new role yet, it is started
 * again; a task whose container ran is not.
 *
 * @throws Error with one line when it cannot be started, does not start or does not end within the limits; then it may
 *   still be running
 */
export async function runToEnd(
  ecs: TaskRunner,
  order: OneOffTask,
  limits: Limits,
  clock: Clock,
): Promise<EndedTask> {
  const startBy = clock.now() + limits.startMaxSeconds * 1000;
  const again = async (reason: string) => {
    if (!PASSES.test(reason) || clock.now() >= startBy) return false;
    await clock.wait(limits.pollSeconds);
    return true;
  };
  for (;;) {
    const started = await start(ecs, order);
    if ('refused' in started) {
      if (await again(started.refused)) continue;
      throw new Error(`ECS did not start it: ${started.refused}`);
    }
    const ended = await stopped(ecs, order, started.taskArn, startBy, limits, clock);
    if (ended.exitCode !== null || !(await again(ended.reason))) return ended;
  }
}

async function start(
  ecs: TaskRunner,
  order: OneOffTask,
): Promise<{ readonly taskArn: string } | { readonly refused: string }> {
  try {
    const { tasks, failures } = await ecs.run({
      cluster: order.clusterArn,
      taskDefinition: order.taskDefinitionArn,
      launchType: 'FARGATE',
      count: 1,
      // Letters, numbers, hyphens, slashes and underscores alone, or ECS refuses it.
      startedBy: 'pulumi-up',
      // The SDK's own tries after a lost answer carry the same: they start no second one.
      clientToken: randomUUID(),
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...order.subnetIds],
          securityGroups: [order.securityGroupId],
          assignPublicIp: order.hasPublicAddress ? 'ENABLED' : 'DISABLED',
        },
      },
    });
    const taskArn = tasks?.[0]?.taskArn;
    if (taskArn !== undefined) return { taskArn };
    const [failure] = failures ?? [];
    return { refused: [failure?.reason ?? 'no reason given', failure?.detail].filter(Boolean).join(': ') };
  } catch (error) {
    return { refused: lineOf(error) };
  }
}

async function stopped(
  ecs: TaskRunner,
  { clusterArn, container }: OneOffTask,
  taskArn: string,
  startBy: number,
  { runMaxSeconds, startMaxSeconds, pollSeconds }: Limits,
  clock: Clock,
): Promise<EndedTask> {
  const endBy = clock.now() + runMaxSeconds * 1000;
  const taskId = taskArn.split('/').at(-1) ?? taskArn;
  for (;;) {
    const task = await seen(ecs, clusterArn, taskArn);
    const status = task?.lastStatus ?? 'not seen yet';
    if (task && status === 'STOPPED') return endOf(taskId, task, container);
    const hasStarted = task?.startedAt !== undefined;
    if (!hasStarted && clock.now() >= startBy)
      throw new Error(
        `task ${taskId} did not start within ${startMaxSeconds / 60} minutes, it is ${status.toLowerCase()}`,
      );
    if (clock.now() >= endBy)
      throw new Error(`task ${taskId} still runs after ${runMaxSeconds / 60} minutes, and was left running`);
    await clock.wait(pollSeconds);
  }
}

/** Undefined while ECS does not know of it, and where it answers for a moment not at all. */
async function seen(ecs: TaskRunner, cluster: string, taskArn: string): Promise<Task | undefined> {
  try {
    return (await ecs.describe({ cluster, tasks: [taskArn] })).tasks?.[0];
  } catch (error) {
    if (isFaultOfCaller(error)) throw new Error(`ECS does not tell of task ${taskArn}: ${lineOf(error)}`);
    return undefined;
  }
}

function endOf(taskId: string, task: Task, name: string): EndedTask {
  const container = task.containers?.find((each) => each.name === name);
  const reasons = [container?.reason, task.stoppedReason].filter((reason) => reason !== undefined);
  return {
    taskId,
    exitCode: container?.exitCode ?? null,
    reason: reasons.join('; ').replace(/\s+/g, ' ') || 'no reason given',
  };
}

/** A refusal that the next call would get too; what is throttled, away or broken is none. */
function isFaultOfCaller(error: unknown): boolean {
  const { $fault } = Object(error) as { readonly $fault?: unknown };
  return $fault === 'client' && !PASSES.test(lineOf(error));
}

function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name}: ${error.message}`.replace(/\s+/g, ' ');
}
