import type { Recorded } from '../recording.ts';
import { allOf, at, type Inputs, list, parsed, type Rule } from '../rules.ts';

/** Of a stack in two regions: what its explicit provider makes stands in the second one. */
const isThere = ({ provider }: Recorded) => provider !== '';
const kindOf = ({ type }: Recorded) => type.split(':').at(-1) ?? '';
/** What it would be called at home. */
const homeName = (text: string) => text.replaceAll(/(sluice(?:-production)?)-2\b/g, '$1');

/** By names they are told apart, by operators and by the other rules. */
const namedByRegion: Rule = (resources) =>
  resources
    .filter(({ type }) => type.startsWith('aws:'))
    .filter((each) => isThere(each) !== (homeName(each.name) !== each.name))
    .map(({ type, name }) => `${type} ${name}: stands in the other region by its name`);

/** What the second region has is made as at home. CloudFront's own region and the domain's records are nobody's. */
const SAME = [
  'Bucket',
  'BucketCorsConfiguration',
  'BucketLifecycleConfiguration',
  'BucketNotification',
  'BucketOwnershipControls',
  'BucketPolicy',
  'BucketPublicAccessBlock',
  'BucketServerSideEncryptionConfiguration',
  'BucketVersioning',
  'Distribution',
  'EventRule',
  'EventTarget',
  'Listener',
  'ListenerRule',
  'LogDelivery',
  'NamedQuery',
  'QueuePolicy',
  'SecurityGroup',
  'TargetGroup',
  'Trail',
  'WebAcl',
  'WebAclAssociation',
];

/** But for the names of regions, and a domain for playback, which one distribution alone can have. */
const plain = ({ aliases: _aliases, viewerCertificate: _certificate, ...inputs }: Inputs) =>
  homeName(JSON.stringify(inputs)).replaceAll(/\b(?:eu-central|ca-central)-1\b/g, 'REGION');

const asAtHome: Rule = (resources) =>
  SAME.flatMap((type) => {
    const [there, home] = [true, false].map((side) =>
      allOf(resources, type).filter((each) => isThere(each) === side),
    );
    return (there ?? []).flatMap((each) => {
      const twin = home?.find(({ name }) => name === homeName(each.name));
      if (twin && plain(twin.inputs) === plain(each.inputs)) return [];
      return [`${type} ${each.name}: ${twin ? 'differs from the one at home' : 'home has none'}`];
    });
  });

/** Nothing that holds or guards data at home is left out there, but the database itself and what belongs to it. */
const nothingLeftOut: Rule = (resources) =>
  SAME.filter((type) => !['SecurityGroup', 'NamedQuery'].includes(type)).flatMap((type) => {
    const all = allOf(resources, type);
    const there = all.filter(isThere).map(({ name }) => homeName(name));
    return all
      .filter((each) => !isThere(each) && !/-(jobs|playback|canary-logs)$/.test(each.name))
      .filter(({ name }) => !there.includes(name))
      .map(({ name }) => `${type} ${name}: the second region has none`);
  });

/** From every subnet in which tasks or the database stand a way leads to the other network, and back. */
const waysBothWays: Rule = (resources) => {
  const network = (side: boolean) => allOf(resources, 'Vpc').find((each) => isThere(each) === side);
  const [there, home] = [network(true), network(false)];
  const standing = [
    ...allOf(resources, 'Service').map(
      (each) => [each, at(each.inputs, 'networkConfiguration').subnets] as const,
    ),
    ...allOf(resources, 'SubnetGroup').map((each) => [each, each.inputs.subnetIds] as const),
  ];
  const accepted = allOf(resources, 'VpcPeeringConnectionAccepter').map(({ name }) => `${name}-id`);
  return standing.flatMap(([each, subnets]) =>
    (subnets as string[]).flatMap((subnetId) => {
      const table = allOf(resources, 'RouteTableAssociation').find(
        ({ inputs }) => inputs.subnetId === subnetId,
      );
      const cidr = (isThere(each) ? home : there)?.inputs.cidrBlock;
      const leads = allOf(resources, 'Route').some(
        ({ inputs, provider }) =>
          inputs.routeTableId === table?.inputs.routeTableId &&
          inputs.destinationCidrBlock === cidr &&
          accepted.includes(String(inputs.vpcPeeringConnectionId)) &&
          provider === each.provider,
      );
      return leads ? [] : [`${each.name}: no way leads from ${subnetId} to ${cidr}`];
    }),
  );
};

/** The other network and nobody else comes to the database by its address, and to its port alone. */
const databaseOpenToBoth: Rule = (resources) => {
  const cidr = allOf(resources, 'Vpc').find(isThere)?.inputs.cidrBlock;
  const rules = allOf(resources, 'SecurityGroupIngressRule').filter(
    ({ inputs }) => inputs.cidrIpv4 !== undefined && inputs.cidrIpv4 !== '0.0.0.0/0',
  );
  const groups = allOf(resources, 'SubnetGroup').length;
  return [
    ...(rules.length === groups
      ? []
      : [`${rules.length} rules let another network in, to ${groups} databases`]),
    ...rules
      .filter(
        ({ inputs }) =>
          inputs.cidrIpv4 !== cidr ||
          inputs.fromPort !== 5432 ||
          inputs.toPort !== 5432 ||
          !/^sluice-\w+-database-id$/.test(String(inputs.securityGroupId)),
      )
      .map(
        ({ name, inputs }) =>
          `SecurityGroupIngressRule ${name}: lets ${inputs.cidrIpv4} to ${inputs.fromPort}`,
      ),
  ];
};

const backupsCopied: Rule = (resources) => {
  const keys = allOf(resources, 'Key').filter(isThere);
  const copies = allOf(resources, 'InstanceAutomatedBackupsReplication').filter(isThere);
  return allOf(resources, 'Instance').flatMap(({ name, inputs }) => {
    const copy = copies.find((each) => String(each.inputs.sourceDbInstanceArn).endsWith(`/${name}`));
    return [
      ...(copy ? [] : [`Instance ${name}: goes with its region`]),
      ...(copy && copy.inputs.retentionPeriod !== inputs.backupRetentionPeriod
        ? [`Instance ${name}: its copies go at another time than its backups`]
        : []),
      ...(keys.some((key) => String(copy?.inputs.kmsKeyId).endsWith(`/${key.name}`))
        ? []
        : [`Instance ${name}: no key there opens its copies`]),
    ];
  });
};

/** One name, answered by each region for those who are nearest while it is ready; proved once. */
const oneDomain: Rule = (resources) => {
  const records = allOf(resources, 'Record').filter(({ inputs }) => inputs.type === 'A');
  const regions = new Set(records.map(({ inputs }) => inputs.setIdentifier));
  const proofs = allOf(resources, 'Record').filter(({ inputs }) => inputs.type === 'CNAME');
  return [
    ...(records.length === 2 && regions.size === 2 ? [] : [`the domain leads to ${records.length} places`]),
    ...(proofs.length === 1 ? [] : [`the domain is proved by ${proofs.length} records`]),
    ...records.flatMap(({ name, inputs }) => {
      const [alias] = list(inputs, 'aliases');
      const check = allOf(resources, 'HealthCheck').find(
        (each) => `${each.name}-id` === inputs.healthCheckId,
      );
      return [
        list(inputs, 'latencyRoutingPolicies')[0]?.region !== inputs.setIdentifier &&
          'is not the nearest by its own region',
        alias?.evaluateTargetHealth !== true && 'leads to a balancer without targets',
        alias?.name !== check?.inputs.fqdn && 'leads elsewhere than what is checked',
        check?.inputs.resourcePath !== '/health/ready' && 'leads to an API that cannot serve',
      ]
        .filter((fault) => fault !== false)
        .map((fault) => `Record ${name}: ${fault}`);
    }),
  ];
};

/** Whoever would put videos where others do not look yet refuses to start. */
const homeFirst: Rule = (resources) => {
  const services = allOf(resources, 'Service');
  return services.filter(isThere).flatMap(({ name, after }) =>
    services
      .filter((each) => !isThere(each))
      .filter((first) => !after.some((each) => each.endsWith(`${first.type} ${first.name}`)))
      .map((first) => `Service ${name}: does not wait for ${first.name}`),
  );
};

/** Workers and the migration are the home region's. */
const apiAlone: Rule = (resources) =>
  allOf(resources, 'TaskDefinition')
    .filter(isThere)
    .flatMap(({ name, inputs }) =>
      (JSON.parse(String(inputs.containerDefinitions)) as Inputs[])
        .filter((container) => !['tmp-owner', 'api', 'collector'].includes(String(container.name)))
        .map((container) => `TaskDefinition ${name}: runs ${container.name}`),
    );

/** Alarms and scaling look at one place. */
const measuredAtHome: Rule = (resources) => {
  const exporters = allOf(resources, 'TaskDefinition').flatMap(({ inputs }) =>
    (JSON.parse(String(inputs.containerDefinitions)) as Inputs[])
      .filter(({ name }) => name === 'collector')
      .flatMap((container) => list(container, 'environment'))
      .map(({ value }) => JSON.stringify(at(at(JSON.parse(String(value)) as Inputs, 'exporters'), 'awsemf'))),
  );
  const home = allOf(resources, 'LogGroup').find(({ name }) => name.endsWith('-metrics'));
  return [
    ...(new Set(exporters).size > 1 ? ['collectors write to several places'] : []),
    ...allOf(resources, 'RolePolicy')
      .filter(({ name }) => /-(api|worker)$/.test(name))
      .filter(({ inputs }) => !String(inputs.policy).includes(`/${home?.name}:*`))
      .map(({ name }) => `RolePolicy ${name}: may not write measurements`),
  ];
};

/** Tasks read and write the buckets of both regions; a transcoder elsewhere was given the home's. */
const rightsToBoth: Rule = (resources) => {
  const buckets = allOf(resources, 'Bucket').filter(({ name }) => /-(sources|media)$/.test(name));
  return allOf(resources, 'RolePolicy').flatMap(({ name, inputs }) => {
    const reached = buckets.filter((bucket) => String(inputs.policy).includes(`${bucket.name}-1a2b3c4`));
    const right = /-(api|worker|once)$/.test(name) ? 4 : name.endsWith('-mediaconvert') ? 2 : reached.length;
    return reached.length === right &&
      !(right === 2 && name.endsWith('-mediaconvert') && reached.some(isThere))
      ? []
      : [`RolePolicy ${name}: reaches ${reached.map((bucket) => bucket.name).join(', ')}`];
  });
};

/** An alarm's topic stands in its own region. */
const heardThere: Rule = (resources) =>
  allOf(resources, 'MetricAlarm')
    .filter(({ name }) => !/-(more|fewer)$/.test(name))
    .flatMap((alarm) => {
      const topics = allOf(resources, 'Topic').filter((topic) =>
        (alarm.inputs.alarmActions as string[]).some((arn) => arn.endsWith(`/${topic.name}`)),
      );
      const beside = topics.filter(
        (topic) =>
          topic.inputs.region === alarm.inputs.region &&
          (alarm.inputs.region !== undefined || topic.provider === alarm.provider),
      );
      return beside.length === 1 ? [] : [`MetricAlarm ${alarm.name}: nobody hears it`];
    });

const WATCHED_THERE = ['no-api', 'api-errs', 'attack', 'cdn-5xx', 'events-dropped-0', 'region-away'];

const watchedThere: Rule = (resources) =>
  WATCHED_THERE.filter(
    (line) =>
      !allOf(resources, 'MetricAlarm').some((each) => isThere(each) && each.name.endsWith(`-2-${line}`)),
  ).map((line) => `no alarm tells of ${line} there`);

/** What holds where there are two regions, by name. */
export const SECOND_RULES: Readonly<Record<string, Rule>> = {
  namedByRegion,
  asAtHome,
  nothingLeftOut,
  waysBothWays,
  databaseOpenToBoth,
  backupsCopied,
  oneDomain,
  homeFirst,
  apiAlone,
  measuredAtHome,
  rightsToBoth,
  heardThere,
  watchedThere,
};

/** The environment of a role as ECS puts it together in a region: variables, and members of the region's secret. */
export function environmentIn(
  resources: readonly Recorded[],
  role: string,
  region: 'home' | 'there',
): Record<string, string> {
  const side = (each: Recorded) => isThere(each) === (region === 'there');
  const task = allOf(resources, 'TaskDefinition').find(
    (each) => side(each) && each.name.endsWith(`-${role}`),
  );
  const container = (JSON.parse(String(task?.inputs.containerDefinitions)) as Inputs[]).find(
    ({ name }) => name === role || name === 'migrate',
  );
  const store = allOf(resources, 'SecretVersion').find(
    (each) => side(each) && !each.name.endsWith('-canary'),
  );
  const secret = parsed(store?.inputs ?? {}, 'secretString');
  return Object.fromEntries([
    ...list(container ?? {}, 'environment').map(({ name, value }) => [String(name), String(value)]),
    ...list(container ?? {}, 'secrets').map(({ name }) => [String(name), String(secret[String(name)])]),
  ]);
}

/** Kinds of resources that a recording has there. */
export const kindsThere = (resources: readonly Recorded[]) => new Set(resources.filter(isThere).map(kindOf));
