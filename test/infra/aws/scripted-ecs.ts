import type { RunTaskRequest, RunTaskResponse, Task } from '@aws-sdk/client-ecs';
import type { Clock, Limits, OneOffTask, TaskRunner } from '#infra/aws/compute/one-off-task.ts';

export const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task/sluice-production/0a1b2c';

export const ORDER: OneOffTask = {
  clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/sluice-production',
  taskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/sluice-production-once:7',
  container: 'migrate',
  subnetIds: ['subnet-1', 'subnet-2'],
  securityGroupId: 'sg-1',
  hasPublicAddress: false,
};

export const LIMITS: Limits = { startMaxSeconds: 600, runMaxSeconds: 3600, pollSeconds: 5 };

export const PENDING: Task = { lastStatus: 'PENDING' };
export const RUNNING: Task = { lastStatus: 'RUNNING', startedAt: new Date(0) };
export const NO_ROOM: RunTaskResponse = { failures: [{ reason: 'Capacity is unavailable at this time' }] };

/** A task whose container ended so; null: it never ran. */
export function stopped(exitCode: number | null, reason = 'Essential container in task exited'): Task {
  const container = { name: 'migrate', ...(exitCode !== null && { exitCode }) };
  return {
    lastStatus: 'STOPPED',
    stoppedReason: reason,
    containers: [{ name: 'tmp-owner', exitCode: 0 }, container],
  };
}

/** What the SDK throws. */
export function refusal(name: string, message: string, $fault = 'client'): Error {
  return Object.assign(new Error(message), { name, $fault });
}

/**
 * ECS that answers by a script; the last answer stays. An Error is thrown, and `started` is what was asked for.
 */
export function scriptedEcs(script: {
  readonly starts?: readonly (RunTaskResponse | Error)[];
  readonly seen: readonly (Task | null | Error)[];
}): TaskRunner & { readonly started: RunTaskRequest[] } {
  const started: RunTaskRequest[] = [];
  const starts = [...(script.starts ?? [{ tasks: [{ taskArn: ARN }] }])];
  const seen = [...script.seen];
  return {
    started,
    run: async (request) => {
      started.push(request);
      return given(starts) ?? {};
    },
    describe: async () => {
      const task = given(seen);
      return { tasks: task ? [task] : [] };
    },
  };
}

function given<T>(answers: (T | Error)[]): T | undefined {
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  if (answer instanceof Error) throw answer;
  return answer;
}

/** Time that passes by waiting alone. */
export function waitedTime(): Clock & { seconds(): number } {
  let now = 0;
  return {
    now: () => now,
    wait: async (seconds) => {
      now += seconds * 1000;
    },
    seconds: () => now / 1000,
  };
}
