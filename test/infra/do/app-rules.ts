import type { Recorded } from '../recording.ts';
import { allOf, at, each, type Inputs, list, notIn, outside, type Rule } from '../rules.ts';

/** `doctl apps tier instance-size list`, without what is deprecated. Dedicated ones have a d. */
const SIZES = [
  ...['1vcpu-0.5gb', '1vcpu-1gb', '1vcpu-2gb', '2vcpu-4gb'].map((size) => `apps-s-${size}`),
  ...['1vcpu-0.5gb', '1vcpu-1gb', '1vcpu-2gb', '1vcpu-4gb', '2vcpu-4gb', '2vcpu-8gb'].map(
    (size) => `apps-d-${size}`,
  ),
  ...['4vcpu-8gb', '4vcpu-16gb', '8vcpu-32gb'].map((size) => `apps-d-${size}`),
];
const NAME = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;

const components = (spec: Inputs) => ['services', 'workers', 'jobs'].flatMap((kind) => list(spec, kind));

const ofSpec = (check: (spec: Inputs) => (string | false)[]): Rule =>
  each('App', ({ spec }) => check(spec as Inputs));

const ofComponents = (check: (component: Inputs) => (string | false)[]): Rule =>
  ofSpec((spec) =>
    components(spec).flatMap((each) => check(each).map((fault) => fault && `${each.name}: ${fault}`)),
  );

const names = ofSpec((spec) => [
  !NAME.test(String(spec.name)) && `name is ${spec.name}`,
  ...components(spec).map(({ name }) => !NAME.test(String(name)) && `component is called ${name}`),
]);

const network = ofSpec((spec) => [list(spec, 'vpcs').length !== 1 && 'is in no network of ours']);

const sizes = ofComponents((component) => [notIn(component, 'instanceSizeSlug', SIZES)]);

/** By load only on dedicated sizes, between two different numbers, and never beside a fixed number. */
const scaling = ofComponents((component) => {
  if (!('autoscaling' in component)) return [outside(component, 'instanceCount', 1, 100)];
  const { minInstanceCount: min, maxInstanceCount: max, metrics } = at(component, 'autoscaling');
  return [
    !String(component.instanceSizeSlug).startsWith('apps-d-') && 'scales on a shared CPU',
    'instanceCount' in component && 'has a fixed number as well',
    !(Number(min) >= 1 && Number(min) < Number(max)) && `scales from ${min} to ${max}`,
    outside(at(metrics as Inputs, 'cpu'), 'percent', 1, 100),
  ];
});

/** R19: /health/live, and a worker's on the port of its signals. */
const health = ofSpec((spec) => [
  ...list(spec, 'services').flatMap((service) => [
    notIn(at(service, 'healthCheck'), 'httpPath', ['/health/live']),
    at(service, 'healthCheck').port !== service.httpPort && 'api is asked at another port than it has',
  ]),
  ...[...list(spec, 'services'), ...list(spec, 'workers')].flatMap((each) => [
    notIn(at(each, 'livenessHealthCheck'), 'httpPath', ['/health/live']),
    outside(at(each, 'livenessHealthCheck'), 'timeoutSeconds', 1, 10),
  ]),
  ...list(spec, 'workers').map((worker) => notIn(at(worker, 'livenessHealthCheck'), 'port', [9464])),
]);

/** R23: as much time as the platform grants, and requests drained within its own limit. */
const termination = ofSpec((spec) => [
  ...components(spec).map((each) => notIn(at(each, 'termination'), 'gracePeriodSeconds', [600])),
  ...list(spec, 'services').map((each) => outside(at(each, 'termination'), 'drainSeconds', 91, 110)),
]);

const migrates = ({ inputs }: Recorded) =>
  list(at(inputs, 'spec'), 'jobs').some(({ name }) => name === 'migrate');

/** Before a deploy: by the app itself, or by another one that it waits for. */
const migration: Rule = (resources) => {
  const migrators = allOf(resources, 'App').filter(migrates);
  const waits = ({ after }: Recorded) =>
    migrators.some(({ name }) => after.some((each) => each.endsWith(`:App ${name}`)));
  return [
    ...allOf(resources, 'App')
      .filter((app) => !migrates(app) && !waits(app))
      .map(({ name }) => `App ${name}: migrates nothing`),
    ...ofSpec((spec) => list(spec, 'jobs').map((job) => notIn(job, 'kind', ['PRE_DEPLOY'])))(resources),
  ];
};

const roles = ofSpec((spec) => [
  ...list(spec, 'services').map((each) => 'runCommand' in each && 'api has a command'),
  ...[...list(spec, 'workers'), ...list(spec, 'jobs')].map((each) =>
    notIn(each, 'runCommand', [`/app/docker/entrypoint.sh ${each.name}`]),
  ),
]);

const images = ofComponents((component) => {
  const image = at(component, 'image');
  return [
    'digest' in image === 'tag' in image && 'an image has a digest or a tag',
    (image.registryType === 'DOCR') === 'registry' in image && 'a registry is named, but for the own one',
  ];
});

const alerts = ofSpec((spec) => [
  list(spec, 'alerts').length === 0 && 'tells of nothing',
  ...list(spec, 'alerts').map(
    (alert) => list(at(alert, 'destinations'), 'emails').length === 0 && 'tells nobody',
  ),
]);

const variables = ofSpec((spec) =>
  list(spec, 'envs').flatMap((env) => [
    notIn(env, 'scope', ['RUN_TIME']),
    env.type === 'GENERAL' &&
      /SECRET|TOKEN|API_KEY|DATABASE_URL/.test(String(env.key)) &&
      `${env.key} is shown`,
    typeof env.value !== 'string' && `${env.key} is ${env.value}`,
  ]),
);

const ingress = ofSpec((spec) => {
  const rules = list(at(spec, 'ingress'), 'rules');
  return [
    rules.length !== 1 && `${rules.length} ways in`,
    ...rules.map((rule) => at(rule, 'component').name !== 'api' && 'another way in than the API'),
  ];
});

const domains = ofSpec((spec) => list(spec, 'domainNames').map((each) => notIn(each, 'type', ['PRIMARY'])));

const uptimeChecks = each('UptimeCheck', (inputs) => [
  notIn(inputs, 'type', ['https']),
  !/^https:\/\/[^/]+\/health\/live$/.test(String(inputs.target)) && `asks ${inputs.target}`,
  (inputs.regions as string[]).length < 2 && 'asks from one place, which may be the one that is away',
]);

/** Beyond the words that the provider knows, as other rules see to those: what holds for the application of any stack, by name. */
export const APP_RULES: Readonly<Record<string, Rule>> = {
  names,
  network,
  sizes,
  scaling,
  health,
  termination,
  migration,
  roles,
  images,
  alerts,
  variables,
  ingress,
  domains,
  uptimeChecks,
};
