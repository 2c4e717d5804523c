import { expect, test } from 'vitest';
import { onItsOwnTasks } from '#infra/aws/compute/service.ts';
import { allOf } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

const WITH_DOMAIN = { ...CONFIG, domain: 'api.example.com', zoneId: 'Z123' };

async function holdersOf(port: number, config: typeof CONFIG) {
  const { resources } = await record(config);
  return allOf(resources, 'Listener').flatMap(({ name, inputs }) => (inputs.port === port ? [name] : []));
}

test('whatever holds port 80 keeps it when a domain comes or goes', async () => {
  const without = await holdersOf(80, CONFIG);
  expect(without).toHaveLength(1);
  expect(await holdersOf(80, WITH_DOMAIN)).toEqual(without);
  expect(await holdersOf(443, WITH_DOMAIN)).not.toEqual(without);
});

test('a firewall is measured by a name of its own, which is also its name', async () => {
  for (const config of [CONFIG, WITH_DOMAIN]) {
    const firewalls = allOf((await record(config)).resources, 'WebAcl');
    const measured = firewalls.map(({ inputs }) => Object(inputs.visibilityConfig).metricName);
    expect(measured).toEqual(firewalls.map(({ inputs }) => inputs.name));
    expect(new Set(measured).size).toBe(2);
  }
});

test('a deployment that ECS took back is no success', () => {
  expect(onItsOwnTasks('api', 'arn:2', 'arn:2')).toBe('api');
  expect(() => onItsOwnTasks('api', 'arn:1', 'arn:2')).toThrow('ECS went back to arn:1');
});

test('a first event is counted: no counter begins as its own zero', async () => {
  const { resources } = await record(CONFIG);
  const tasks = JSON.stringify(allOf(resources, 'TaskDefinition').map(({ inputs }) => inputs));
  expect(tasks.match(/retain_initial_value_of_delta_metric[^a-z]*true/g)).toHaveLength(2);
});
