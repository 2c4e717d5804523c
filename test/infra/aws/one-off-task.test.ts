import { expect, test } from 'vitest';
import { runToEnd } from '#infra/aws/compute/one-off-task.ts';
import {
  ARN,
  LIMITS,
  NO_ROOM,
  ORDER,
  PENDING,
  RUNNING,
  refusal,
  scriptedEcs,
  stopped,
  waitedTime,
} from './scripted-ecs.ts';

const STARTED = { tasks: [{ taskArn: ARN }] };

test('a task runs where it is told to, and its end is awaited', async () => {
  const ecs = scriptedEcs({ seen: [PENDING, RUNNING, RUNNING, stopped(0)] });
  const time = waitedTime();
  expect(await runToEnd(ecs, ORDER, LIMITS, time)).toEqual({
    taskId: '0a1b2c',
    exitCode: 0,
    reason: 'Essential container in task exited',
  });
  expect(time.seconds()).toBe(15);
  expect(ecs.started).toMatchObject([
    {
      cluster: ORDER.clusterArn,
      taskDefinition: ORDER.taskDefinitionArn,
      launchType: 'FARGATE',
      count: 1,
      // All that ECS takes there: a space, as in `pulumi up`, is refused.
      startedBy: expect.stringMatching(/^[\w/-]{1,128}$/),
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ['subnet-1', 'subnet-2'],
          securityGroups: ['sg-1'],
          assignPublicIp: 'DISABLED',
        },
      },
    },
  ]);
});

test('without a NAT the task has an address of its own', async () => {
  const ecs = scriptedEcs({ seen: [stopped(0)] });
  await runToEnd(ecs, { ...ORDER, hasPublicAddress: true }, LIMITS, waitedTime());
  expect(ecs.started[0]?.networkConfiguration?.awsvpcConfiguration?.assignPublicIp).toBe('ENABLED');
});

test('the exit code is that of the container which was named, and no other', async () => {
  const ecs = scriptedEcs({ seen: [stopped(3)] });
  expect(await runToEnd(ecs, ORDER, LIMITS, waitedTime())).toMatchObject({ exitCode: 3 });
});

test('a container that failed is not run again', async () => {
  const ecs = scriptedEcs({ seen: [stopped(1, 'Capacity is unavailable at this time')] });
  expect(await runToEnd(ecs, ORDER, LIMITS, waitedTime())).toMatchObject({ exitCode: 1 });
  expect(ecs.started).toHaveLength(1);
});

test.each([
  ['no capacity', NO_ROOM],
  ['no room in the account', { failures: [{ reason: 'RESOURCE:FARGATE' }] }],
  [
    'a role that is too young',
    refusal('ClientException', 'ECS was unable to assume the role that was provided'),
  ],
  ['too many calls', refusal('ThrottlingException', 'Rate exceeded')],
])('%s passes: it is asked for again, each time as a new request', async (_, answer) => {
  const ecs = scriptedEcs({ starts: [answer, answer, STARTED], seen: [stopped(0)] });
  expect(await runToEnd(ecs, ORDER, LIMITS, waitedTime())).toMatchObject({ exitCode: 0 });
  expect(new Set(ecs.started.map(({ clientToken }) => clientToken)).size).toBe(3);
});

test('capacity that never comes is told when the time for starting is over', async () => {
  const ecs = scriptedEcs({ starts: [NO_ROOM], seen: [PENDING] });
  const time = waitedTime();
  await expect(runToEnd(ecs, ORDER, LIMITS, time)).rejects.toThrow(
    'ECS did not start it: Capacity is unavailable at this time',
  );
  expect(time.seconds()).toBe(600);
});

test('what does not pass is told at once', async () => {
  const ecs = scriptedEcs({
    starts: [refusal('AccessDeniedException', 'not authorized to perform: ecs:RunTask\non resource')],
    seen: [PENDING],
  });
  await expect(runToEnd(ecs, ORDER, LIMITS, waitedTime())).rejects.toThrow(
    /^ECS did not start it: AccessDeniedException: not authorized to perform: ecs:RunTask on resource$/,
  );
  expect(ecs.started).toHaveLength(1);
});

test('a task that stops before its container ran is started again where that passes', async () => {
  const early = stopped(null, 'ResourceInitializationError: unable to pull secrets');
  const ecs = scriptedEcs({ seen: [PENDING, early, PENDING, RUNNING, stopped(0)] });
  expect(await runToEnd(ecs, ORDER, LIMITS, waitedTime())).toMatchObject({ exitCode: 0 });
  expect(ecs.started).toHaveLength(2);
});

test('an image that is not there ends it, with the reason', async () => {
  const ecs = scriptedEcs({ seen: [PENDING, stopped(null, 'CannotPullContainerError: not found')] });
  expect(await runToEnd(ecs, ORDER, LIMITS, waitedTime())).toEqual({
    taskId: '0a1b2c',
    exitCode: null,
    reason: 'CannotPullContainerError: not found',
  });
  expect(ecs.started).toHaveLength(1);
});

test('a task that never starts is given up after ten minutes', async () => {
  const ecs = scriptedEcs({ seen: [null, PENDING] });
  const time = waitedTime();
  await expect(runToEnd(ecs, ORDER, LIMITS, time)).rejects.toThrow(
    'task 0a1b2c did not start within 10 minutes, it is pending',
  );
  expect(time.seconds()).toBe(600);
});

test('a task that never ends is left running when its time is over', async () => {
  const ecs = scriptedEcs({ seen: [RUNNING] });
  const time = waitedTime();
  await expect(runToEnd(ecs, ORDER, LIMITS, time)).rejects.toThrow(
    'task 0a1b2c still runs after 60 minutes, and was left running',
  );
  expect(time.seconds()).toBe(3600);
});

test('an answer that is throttled, broken or lost is asked for again', async () => {
  const ecs = scriptedEcs({
    seen: [
      RUNNING,
      refusal('ThrottlingException', 'Rate exceeded'),
      refusal('ServerException', 'Service Unavailable', 'server'),
      new Error('read ECONNRESET'),
      stopped(0),
    ],
  });
  expect(await runToEnd(ecs, ORDER, LIMITS, waitedTime())).toMatchObject({ exitCode: 0 });
  expect(ecs.started).toHaveLength(1);
});

test('credentials that may not look are told at once', async () => {
  const ecs = scriptedEcs({ seen: [refusal('AccessDeniedException', 'ecs:DescribeTasks')] });
  await expect(runToEnd(ecs, ORDER, LIMITS, waitedTime())).rejects.toThrow(/does not tell.*DescribeTasks/);
});
