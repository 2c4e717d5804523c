import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ResourceHook, runtime } from '@pulumi/pulumi';
import { afterEach, expect, test, vi } from 'vitest';
import { type MigrationPlan, migrateDatabase, migrationHook, once } from '#infra/aws/compute/migration.ts';
import { ARN, LIMITS, ORDER, RUNNING, scriptedEcs, stopped, waitedTime } from './scripted-ecs.ts';

const { container, ...where } = ORDER;
const PLAN: MigrationPlan = { ...where, region: 'eu-central-1', logGroup: 'sluice-production' };
const silent = () => undefined;

const LOG = `its log: aws logs tail sluice-production --region eu-central-1 --since 1h`;

test('a migration that ends with 0 lets services go on', async () => {
  const said: string[] = [];
  const ecs = scriptedEcs({ seen: [RUNNING, stopped(0)] });
  await migrateDatabase(ecs, PLAN, LIMITS, waitedTime(), (line) => said.push(line));
  expect(ecs.started.map(({ taskDefinition }) => taskDefinition)).toEqual([PLAN.taskDefinitionArn]);
  expect(said.at(-1)).toBe('Migrated in 5 s');
});

test.each([
  ['fails', stopped(1), 'failed with exit code 1, and no service was changed: Essential container'],
  ['never runs', stopped(null, 'CannotPullContainerError: not found'), 'never ran, and no service'],
])('a migration that %s is one line, with the command that shows its log', async (_, task, line) => {
  const failure = await migrateDatabase(
    scriptedEcs({ seen: [task] }),
    PLAN,
    LIMITS,
    waitedTime(),
    silent,
  ).catch((error: Error) => error.message);
  expect(failure).toContain(line);
  expect(failure).toContain(`${LOG} --log-stream-names migrate/migrate/0a1b2c`);
  expect(failure).not.toContain('\n');
});

test('a migration that takes too long is no success', async () => {
  const ecs = scriptedEcs({ seen: [RUNNING] });
  await expect(migrateDatabase(ecs, PLAN, LIMITS, waitedTime(), silent)).rejects.toThrow(
    /^The migration did not end, and no service was changed: .*still runs after 60 minutes.*; its log: /,
  );
});

test('services that wait for the same migration share it, its failure too', async () => {
  const work = vi.fn(async () => {
    throw new Error('The migration failed');
  });
  const migrate = once(work);
  const ends = await Promise.allSettled([migrate(), migrate()]);
  await expect(migrate()).rejects.toThrow('failed');
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(work).toHaveBeenCalledTimes(1);
});

afterEach(() => {
  vi.unstubAllEnvs();
  runtime.setAllConfig({});
});

/** ECS over HTTP, as the SDK speaks to it; the first answer of each kind is that it is asked too often. */
async function busyEcs(exitCode: number) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const call = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    request.resume();
    const isFirst = !calls.includes(call);
    calls.push(call);
    response.writeHead(isFirst ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    const answer = { tasks: [{ ...stopped(exitCode), taskArn: ARN }] };
    response.end(
      JSON.stringify(isFirst ? { __type: 'ThrottlingException', message: 'Rate exceeded' } : answer),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_ECS', `http://127.0.0.1:${port}`);
  return { calls, close: () => server.close() };
}

async function hookOf() {
  await runtime.setMocks({ newResource: () => ({ id: '', state: {} }), call: () => ({}) }, 'sluice', 'aws');
  // The mocks know of hooks, but do not take them.
  const monitor = runtime.getMonitor() as unknown as Record<string, unknown>;
  monitor.registerResourceHook = (_: unknown, callback: (error: null) => void) => callback(null);
  runtime.setAllConfig({ 'aws:accessKey': 'AKIAEXAMPLE', 'aws:secretKey': 'secret' });
  return migrationHook('migrate-first', PLAN, 60);
}

test('the hook speaks to ECS with the credentials of the provider, and bears being throttled', async () => {
  const ecs = await busyEcs(0);
  const hook = await hookOf();
  expect(ResourceHook.isInstance(hook)).toBe(true);
  const args = { urn: '', id: '', name: '', type: '' };
  await Promise.all([hook.callback(args), hook.callback(args)]);
  expect(ecs.calls).toEqual(['RunTask', 'RunTask', 'DescribeTasks', 'DescribeTasks']);
  ecs.close();
});

test('the hook fails with its migration', async () => {
  const ecs = await busyEcs(1);
  const hook = await hookOf();
  await expect(hook.callback({ urn: '', id: '', name: '', type: '' })).rejects.toThrow('exit code 1');
  ecs.close();
});

test('roles that only the provider takes on are refused before anything runs', async () => {
  runtime.setAllConfig({ 'aws:assumeRoles': '[{"roleArn":"arn:aws:iam::111122223333:role/deploy"}]' });
  expect(() => migrationHook('migrate-first', PLAN, 60)).toThrow('aws:assumeRoles is not supported');
});
