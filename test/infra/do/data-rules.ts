import { CDN_TTLS_SECONDS } from '#infra/do/media-cdn.ts';
import { REGIONS } from '#infra/do/regions.ts';
import { allOf, at, each, list, notIn, outside, type Rule } from '../rules.ts';
import { kept } from '../shared-rules.ts';

const LONG_REGIONS = Object.keys(REGIONS);
/** https://docs.digitalocean.com/platform/regional-availability/: New York's networks for apps are not where its Spaces are. */
const DATACENTERS = ['ams3', 'atl1', 'blr1', 'fra1', 'lon1', 'nyc1', 'sfo3', 'sgp1', 'syd1', 'tor1'];
const PRIVATE_RANGE = /^(?:10\.\d+|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d+\.\d+\/(?:1[6-9]|2[0-4])$/;

/** Nobody may list a bucket, and nothing but single objects of the media bucket is ever public. */
const privateBuckets = each('SpacesBucket', (inputs, { provider }) => [
  notIn(inputs, 'acl', ['private']),
  notIn(inputs, 'region', LONG_REGIONS),
  'corsRules' in inputs && 'corsRules cannot expose headers',
  !provider.includes('-spaces') && 'is made without a key to Spaces',
]);

/** What cannot be made again outlives the stack, and nothing else does. */
const KEPT = ['SpacesBucket', 'DatabaseCluster', 'DatabaseDb'];

/** A cluster whose firewall went with the stack would take connections from anywhere. */
const keptData = kept(KEPT, ['DatabaseFirewall']);

const noPolicies: Rule = (resources) =>
  allOf(resources, 'SpacesBucketPolicy').map(
    ({ name }) => `SpacesBucketPolicy ${name}: Spaces refuses policies on buckets that have limited keys`,
  );

const versionedSources = each('SpacesBucket', (inputs, { name }) => [
  name.endsWith('-sources') && at(inputs, 'versioning').enabled !== true && 'sources are not versioned',
]);

const lifecycles = each('SpacesBucket', (inputs) => [
  list(inputs, 'lifecycleRules').length === 0 && 'has no lifecycle',
  ...list(inputs, 'lifecycleRules').flatMap((rule) => [
    !rule.expiration && !rule.noncurrentVersionExpiration && `rule ${rule.id} has no expiration`,
    'days' in at(rule, 'expiration') && `rule ${rule.id} deletes what is in use`,
    outside(rule, 'abortIncompleteMultipartUploadDays', 7, 30),
  ]),
]);

const cors = each('SpacesBucketCorsConfiguration', (inputs) =>
  list(inputs, 'corsRules').flatMap((rule) => [
    !(rule.exposeHeaders as string[]).includes('ETag') && 'does not expose the ETag',
    ...(rule.allowedMethods as string[]).map(
      (method) => !['GET', 'PUT', 'HEAD', 'POST'].includes(method) && `allows ${method}`,
    ),
  ]),
);

const corsOfEach: Rule = (resources) =>
  allOf(resources, 'SpacesBucket')
    .filter(
      ({ name }) =>
        !allOf(resources, 'SpacesBucketCorsConfiguration').some(
          ({ inputs }) => inputs.bucket === `${name}-1a2b3c4`,
        ),
    )
    .map(({ name }) => `SpacesBucket ${name}: has no CORS`);

const cdn = each('Cdn', (inputs) => [
  notIn(inputs, 'ttl', CDN_TTLS_SECONDS),
  !/^[\w-]+\.[a-z]{3}\d\.digitaloceanspaces\.com$/.test(String(inputs.origin)) &&
    `origin is ${inputs.origin}`,
  'customDomain' in inputs !== 'certificateName' in inputs && 'a domain and a certificate go together',
  'certificateId' in inputs && 'certificateId changes when it is renewed',
]);

const databases = each('DatabaseCluster', (inputs) => [
  notIn(inputs, 'engine', ['pg']),
  notIn(inputs, 'version', ['15', '16', '17', '18']),
  notIn(inputs, 'region', DATACENTERS),
  outside(inputs, 'nodeCount', 1, 3),
  !inputs.privateNetworkUuid && 'stands in no network of ours',
  'storageSizeMib' in inputs && Number(inputs.storageSizeMib) % 10_240 !== 0 && 'storage is not in steps',
  ...list(inputs, 'maintenanceWindows').map(
    ({ hour }) => !/^\d\d:\d\d$/.test(String(hour)) && `hour is ${hour}`,
  ),
]);

/** A cluster without rules takes connections from anywhere; so does one with a rule for everywhere. */
const closedDatabases: Rule = (resources) =>
  allOf(resources, 'DatabaseCluster').flatMap(({ name }) => {
    const firewalls = allOf(resources, 'DatabaseFirewall').filter(
      ({ inputs }) => inputs.clusterId === `${name}-id`,
    );
    const ranges = allOf(resources, 'Vpc').map(({ inputs }) => inputs.ipRange);
    const rules = firewalls.flatMap(({ inputs }) => list(inputs, 'rules'));
    if (rules.length === 0) return [`DatabaseCluster ${name}: is open to the world`];
    return rules
      .filter(
        ({ type, value }) =>
          type !== 'ip_addr' ||
          !PRIVATE_RANGE.test(String(value)) ||
          (ranges.length > 0 && !ranges.includes(value)),
      )
      .map(({ type, value }) => `DatabaseCluster ${name}: lets in ${type} ${value}`);
  });

/** Private ones, where App Platform joins them. */
const networks: Rule = (resources) => {
  const ranges = allOf(resources, 'Vpc').map(({ inputs }) => String(inputs.ipRange));
  return [
    ...ranges.filter((range) => !PRIVATE_RANGE.test(range)).map((range) => `Vpc: ${range} is no range`),
    ...each('Vpc', (inputs) => [notIn(inputs, 'region', DATACENTERS)])(resources),
  ];
};

/** Only the stack itself has a key for everything; Coconut's can do nothing but write media. */
const keys = each('SpacesKey', (inputs, { name }) => {
  const grants = list(inputs, 'grants');
  return [
    grants.length === 0 && 'has no grant',
    ...grants.flatMap((grant) => [
      grant.permission === 'fullaccess' && !name.endsWith('-stack') && 'may do everything',
      (grant.bucket === '') !== (grant.permission === 'fullaccess') && 'names no bucket, or one too many',
      name.endsWith('-coconut') && !String(grant.bucket).includes('-media-') && `reaches ${grant.bucket}`,
    ]),
  ];
});

const databaseAlerts = each('MonitorAlert', (inputs) => [
  !/^v1\/dbaas\/alerts\/(?:load_15|cpu|memory_utilization|disk_utilization)_alerts$/.test(
    String(inputs.type),
  ) && `type is ${inputs.type}`,
  (inputs.entities as unknown[]).length === 0 && 'watches nothing',
]);

const projects = each('Project', (inputs) => ['resources' in inputs && 'would take out what others put in']);

const registries = each('ContainerRegistry', (inputs) => [notIn(inputs, 'region', LONG_REGIONS)]);

/** Beyond the words that the provider knows, as other rules see to those: what holds for the site and the data of any stack, by name. */
export const DATA_RULES: Readonly<Record<string, Rule>> = {
  keptData,
  privateBuckets,
  noPolicies,
  versionedSources,
  lifecycles,
  cors,
  corsOfEach,
  cdn,
  databases,
  closedDatabases,
  networks,
  keys,
  databaseAlerts,
  projects,
  registries,
};
