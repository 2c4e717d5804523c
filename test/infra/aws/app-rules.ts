import { readFileSync } from 'node:fs';
import { isFargateSize } from '#infra/aws/compute/fargate-sizes.ts';
import { allOf, at, each, type Inputs, list, notIn, type Rule } from '../rules.ts';
import { containersIn } from './containers.ts';
import { GAUGE_AND_COUNTER_NAMES } from './service-metrics.ts';

const ROLES = ['api', 'worker', 'migrate'];

const sizes = each('TaskDefinition', (inputs) => [
  !isFargateSize({ cpuUnits: Number(inputs.cpu), memoryMib: Number(inputs.memory) }) &&
    `${inputs.cpu} CPU units with ${inputs.memory} MiB`,
]);

const containers: Rule = (resources) =>
  containersIn(resources).flatMap((container) => {
    const mounted = list(container, 'mountPoints').some(({ containerPath }) => containerPath === '/tmp');
    const faults = [
      container.readonlyRootFilesystem !== true && 'writes to its root',
      container.name !== 'collector' && !mounted && 'has no /tmp',
      ['api', 'worker'].includes(String(container.name)) &&
        container.healthCheck === undefined &&
        'has no health check',
      ['api', 'worker'].includes(String(container.name)) &&
        container.stopTimeout !== 120 &&
        'is killed too early',
      ROLES.includes(String(container.name)) && list(container, 'dependsOn').length === 0 && 'does not wait',
    ];
    return faults.filter((fault) => fault !== false).map((fault) => `container ${container.name}: ${fault}`);
  });

/** No service is made or changed before the migration of its own release has succeeded, one for all of them. */
const migratesFirst: Rule = (resources) => {
  const services = allOf(resources, 'Service');
  const [migration] = services.flatMap(({ hooks }) => hooks.beforeCreate);
  return services.flatMap(({ name, hooks, after }) => {
    const migrates = (when: readonly string[]) => when.length === 1 && when[0] === migration;
    const faults = [
      !migrates(hooks.beforeCreate) && 'is made without the migration',
      !migrates(hooks.beforeUpdate) && 'is changed without the migration',
      !after.some((each) => /TaskDefinition .*-once$/.test(each)) && 'does not wait for what migrates',
    ];
    return faults.filter((fault) => fault !== false).map((fault) => `Service ${name}: ${fault}`);
  });
};

const services = each('Service', (inputs) => [
  at(inputs, 'deploymentCircuitBreaker').rollback !== true && 'a bad deploy stays',
  inputs.waitForSteadyState !== true && '`up` does not wait for it',
  inputs.forceNewDeployment !== true && 'its capacity cannot be changed',
  inputs.deploymentMinimumHealthyPercent !== 100 && 'goes down in a deploy',
  'launchType' in inputs && 'launchType and capacity providers exclude each other',
]);

const health = each('TargetGroup', (inputs) => [
  notIn(at(inputs, 'healthCheck'), 'path', ['/health/live']),
  notIn(inputs, 'targetType', ['ip']),
]);

const events = each('EventTarget', (inputs) => [
  at(inputs, 'deadLetterConfig').arn === undefined && 'drops what does not arrive',
  'inputTransformer' in inputs && 'changes the event',
]);

const eventSecrets: Rule = (resources) =>
  allOf(resources, 'EventConnection')
    .filter(({ secretInputs }) => !secretInputs.includes('authParameters'))
    .map(({ name }) => `EventConnection ${name}: its key can be read in the state`);

const RUNBOOKS = readFileSync(new URL('../../../docs/operate.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((text) => text.startsWith('## '))
  .map((text) => text.slice(3).toLowerCase().replaceAll(' ', '-'));

const alarms = each('MetricAlarm', (inputs, { name }) => {
  const metrics: Inputs[] = [inputs, ...list(inputs, 'metricQueries').map((query) => at(query, 'metric'))];
  const ours = metrics.filter(({ namespace }) => String(namespace).startsWith('Sluice/'));
  const [, runbook = ''] = /docs\/operate\.md#([\w-]+)$/.exec(String(inputs.alarmDescription)) ?? [];
  const scales = /-(more|fewer)$/.test(name);
  return [
    !scales && !RUNBOOKS.includes(runbook) && `its runbook is ${runbook || 'nowhere'}`,
    list(inputs, 'metricQueries').length > 0 && 'metricName' in inputs && 'has a metric and queries',
    ...ours.map(
      ({ metricName }) =>
        !GAUGE_AND_COUNTER_NAMES.includes(String(metricName)) && `no process counts ${metricName}`,
    ),
  ];
});

export const APP_RULES: Readonly<Record<string, Rule>> = {
  'tasks have sizes that Fargate takes': sizes,
  'containers write to /tmp alone and are watched': containers,
  'no service changes before its migration': migratesFirst,
  'services go back when they do not come up': services,
  'health asks nobody else': health,
  'no event is lost silently': events,
  'keys of webhooks are ciphertext': eventSecrets,
  'every alarm has a runbook and a metric that is there': alarms,
};
